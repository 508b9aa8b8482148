import scoring

prepared = scoring.score("by a script")
