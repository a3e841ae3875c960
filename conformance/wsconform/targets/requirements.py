"""Parse pip requirements."""

from packaging.requirements import InvalidRequirement, Requirement

from wsconform.errors import VersionError

__all__ = ["parse_requirement"]


def parse_requirement(text: str) -> Requirement:
    """Parse a pip requirement.

    Raises:
        VersionError: it is malformed.
    """
    try:
        return Requirement(text)
    except InvalidRequirement as error:
        why = str(error).splitlines()[0]
        raise VersionError(f"{text!r} is not a requirement such as name==1.2 or name<2: {why}") from None
