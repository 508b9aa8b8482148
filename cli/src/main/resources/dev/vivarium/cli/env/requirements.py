"""What pip reports and projects say, for vivarium env."""

import importlib.util
import json
import tomllib


def has_pip():
    """Whether this Python has pip, which vivarium env is made of."""
    return importlib.util.find_spec("pip") is not None


def dependencies(path):
    """The requirements of the project that a pyproject.toml describes."""
    with open(path, "rb") as file:
        project = tomllib.load(file).get("project")
    if project is None:
        raise ValueError("there is no table [project] in it")
    if "dependencies" in project.get("dynamic", ()):
        raise ValueError("its dependencies are dynamic: write them into the table [project]")
    return list(project.get("dependencies", ()))


def lock(path):
    """Every package of a report of pip's, in pip's own format, with why it is there."""
    with open(path, encoding="utf-8") as file:
        items = json.load(file)["install"]
    wanted_by = {canonical(item["metadata"]["name"]): set() for item in items}
    for item in items:
        for needed in needs(item):
            if needed in wanted_by:
                wanted_by[needed].add(canonical(item["metadata"]["name"]))
    blocks = []
    for item in items:
        name = canonical(item["metadata"]["name"])
        why = ["requirements.txt"] if item["requested"] else []
        why += sorted(wanted_by[name] - {name})
        blocks.append(
            f"{pinned(name, item)} \\\n"
            f"    --hash=sha256:{checksum(name, item)}\n"
            f"    # via {', '.join(why) or 'an extra'}\n"
        )
    return "".join(sorted(blocks))


def pinned(name, item):
    """A package and which one of it."""
    if item["is_direct"]:
        return f"{name} @ {item['download_info']['url']}"
    return f"{name}=={item['metadata']['version']}"


def checksum(name, item):
    """The SHA-256 of the file that pip would install."""
    hashes = item["download_info"].get("archive_info", {}).get("hashes", {})
    if "sha256" not in hashes:
        url = item["download_info"]["url"]
        raise ValueError(f"{name} comes from {url}, which is no file: name a wheel or a release")
    return hashes["sha256"]


def needs(item):
    """The names of what a package needs here."""
    from pip._vendor.packaging.requirements import Requirement

    extras = ["", *item.get("requested_extras", ())]
    for text in item["metadata"].get("requires_dist", ()):
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
            yield canonical(requirement.name)


def canonical(name):
    """The one form of a name, PEP 503."""
    from pip._vendor.packaging.utils import canonicalize_name

    return canonicalize_name(name)
