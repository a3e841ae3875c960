"""Released distributions are recognised however they are named."""

import pytest

from wsconform.targets import TARGETS, find_target
from wsconform.targets.releases import RELEASES


@pytest.mark.parametrize("spelling", ["{0}=={1}", "{0} == {1}", "{2}=={1}"])
@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.distribution)
def test_release_is_recognised_in_any_spelling(release, spelling):
    text = spelling.format(release.distribution, release.version, release.distribution.upper().replace("-", "_"))
    known, named = TARGETS[f"{release.distribution}-{release.version}"], find_target(f"pip:{text}")
    assert named.name == f"pip:{text}"
    facts = ("summary", "package", "django", "python", "notes", "unsupported")
    assert [getattr(named, fact) for fact in facts] == [getattr(known, fact) for fact in facts]
    assert named.notes


@pytest.mark.parametrize("requirement", ["dwebsocket", "dwebsocket==0.5.11", "dwebsocket>=0.5.12", "dwebsocket==0.5.*"])
def test_unknown_release_or_range_has_no_facts(requirement):
    target = find_target(f"pip:{requirement}")
    assert (target.python, target.notes) == ((), "")
    assert target.django == TARGETS["reference"].django
