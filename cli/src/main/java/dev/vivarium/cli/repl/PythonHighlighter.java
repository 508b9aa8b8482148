package dev.vivarium.cli.repl;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jline.reader.Highlighter;
import org.jline.reader.LineReader;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;

/** Colours for what is typed: keywords, strings, numbers, comments. */
final class PythonHighlighter implements Highlighter {

  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<comment>#[^\n]*)"
              + "|(?<string>\\b[rbfutRBFUT]{0,2}(?:'''[\\s\\S]*?(?:'''|$)|\"\"\"[\\s\\S]*?(?:\"\"\"|$)"
              + "|'(?:\\\\.|[^'\\\\\n])*'?|\"(?:\\\\.|[^\"\\\\\n])*\"?)"
              + "|(?:'''[\\s\\S]*?(?:'''|$)|\"\"\"[\\s\\S]*?(?:\"\"\"|$)"
              + "|'(?:\\\\.|[^'\\\\\n])*'?|\"(?:\\\\.|[^\"\\\\\n])*\"?))"
              + "|(?<number>\\b\\d[\\w.]*)"
              + "|(?<keyword>\\b(?:False|None|True|and|as|assert|async|await|break|class|continue"
              + "|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|nonlocal"
              + "|not|or|pass|raise|return|try|while|with|yield)\\b)"
              + "|\\w+");

  @Override
  public AttributedString highlight(LineReader reader, String buffer) {
    AttributedStringBuilder text = new AttributedStringBuilder();
    Matcher token = TOKEN.matcher(buffer);
    int end = 0;
    while (token.find()) {
      text.append(buffer.substring(end, token.start())).styled(style(token), token.group());
      end = token.end();
    }
    return text.append(buffer.substring(end)).toAttributedString();
  }

  private static AttributedStyle style(Matcher token) {
    if (token.group("comment") != null) {
      return AttributedStyle.DEFAULT.foreground(AttributedStyle.BRIGHT + AttributedStyle.BLACK);
    } else if (token.group("string") != null) {
      return AttributedStyle.DEFAULT.foreground(AttributedStyle.GREEN);
    } else if (token.group("number") != null) {
      return AttributedStyle.DEFAULT.foreground(AttributedStyle.CYAN);
    } else if (token.group("keyword") != null) {
      return AttributedStyle.DEFAULT.foreground(AttributedStyle.BLUE).bold();
    }
    return AttributedStyle.DEFAULT;
  }
}
