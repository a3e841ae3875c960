"""What versions may be asked for, what becomes of a server's requirements, and what is known of old releases."""

import pytest

from wsconform.environments.versions import CURATED, OWN, Versions, pinned
from wsconform.errors import UnknownNameError, VersionError
from wsconform.servers import Server
from wsconform.targets import TARGETS, find_target
from wsconform.targets.releases import RELEASES

GUNICORN = Server("g", "a test's", argv=("x",), requires=("gunicorn[gevent]==27.0.1", "gevent==26.9.0"))
PLAIN = Server("p", "a test's", argv=("x",))


@pytest.mark.parametrize(
    ("django", "requirement"),
    [
        ("", ""),
        ("4.2", "Django~=4.2.0"),
        ("5.2.19", "Django==5.2.19"),
        ("6.1rc1", "Django==6.1rc1"),
        ("Django<5", "Django<5"),
        ("django>=4,<5", "django>=4,<5"),
        ("Django @ file:///d.whl", "Django @ file:///d.whl"),
    ],
)
def test_a_minor_version_of_django_means_its_newest_release(django, requirement):
    assert Versions(django=django).django_requirement == requirement


@pytest.mark.parametrize("django", ["5", "main", "four.two", "flask<2", "<5", "4.2.x", " "])
def test_a_django_that_is_no_version_is_an_error_that_shows_how_to_write_one(django):
    with pytest.raises(VersionError, match=r"5\.2|name==1\.2"):
        Versions(django=django)


@pytest.mark.parametrize("python", ["3", "3.12.1", "py312", "3.", "three", ">=3.10"])
def test_a_python_that_is_no_minor_version_is_an_error_that_shows_how_to_write_one(python):
    with pytest.raises(VersionError, match=r"such as 3\.12"):
        Versions(python=python)


@pytest.mark.parametrize(
    ("pins", "message"),
    [
        (("gunicorn=26",), "'gunicorn=26' is no requirement"),
        (("",), "'' is no requirement"),
        (("gunicorn<26", "Gunicorn>20"), "two pins for Gunicorn: .*Gunicorn>=1,<2"),
        (("Django==4.2",), r"--django 4\.2"),
        (("django<5",), "--django 'django<5'"),
    ],
)
def test_a_pin_that_cannot_be_meant_is_an_error_that_says_what_to_write(pins, message):
    with pytest.raises(VersionError, match=message):
        Versions(pins=pins)


@pytest.mark.parametrize(
    ("pin", "requirement"),
    [
        ("gunicorn<26", "gunicorn[gevent]<26"),
        ("Gunicorn == 25.3.0", "gunicorn[gevent]==25.3.0"),
        ("gunicorn", "gunicorn[gevent]"),
        ("gunicorn[setproctitle]<26", "gunicorn[gevent,setproctitle]<26"),
        ("gunicorn @ https://x.test/g.whl", "gunicorn[gevent]@ https://x.test/g.whl"),
    ],
)
def test_a_pin_takes_the_place_of_the_version_and_leaves_the_extras(pin, requirement):
    changed = pinned(GUNICORN.requires, [pin])
    assert changed[1] == "gevent==26.9.0"
    assert changed[0].replace(" @", "@") == requirement


def test_every_requirement_for_a_distribution_is_replaced_however_it_is_spelled():
    assert pinned(["A.b==1", "a-B==2", "c==3"], ["a_b<9"]) == ("A.b<9", "a-B<9", "c==3")


def test_what_is_not_pinned_stays_as_it_was_written():
    assert pinned(["gunicorn [gevent] == 27"], []) == ("gunicorn [gevent] == 27",)


def test_a_pin_for_what_nobody_requires_is_an_error_that_names_the_nearest():
    with pytest.raises(UnknownNameError, match=r"'gunicon'; did you mean gunicorn\?"):
        pinned(GUNICORN.requires, ["gunicon<26"])


def test_where_nothing_is_required_nothing_can_be_pinned():
    with pytest.raises(UnknownNameError, match="no server that was chosen requires anything"):
        pinned([], ["gunicorn<26"])


def test_a_server_gets_those_pins_only_that_concern_it():
    asked = Versions("3.12", "4.2", pins=("Gunicorn<26", "uwsgi<2"))
    assert asked.concerning([PLAIN, GUNICORN]) == Versions("3.12", "4.2", pins=("Gunicorn<26",))
    assert asked.concerning([PLAIN]).pins == ()


def test_the_words_of_a_command_line_choose_the_same():
    asked = Versions("3.12", "Django<5", ("gunicorn<26", "gevent<26"))
    words = ("--python", "3.12", "--django", "Django<5", "--with", "gunicorn<26", "--with", "gevent<26")
    assert asked.options == words
    assert str(asked) == "python=3.12,django=Django<5,gunicorn<26,gevent<26"
    assert (OWN.options, str(OWN)) == ((), "")


def test_the_curated_versions_are_three_djangos_and_no_pins():
    assert [each.django for each in CURATED] == ["4.2", "5.2", "6.1"]
    assert not any(each.pins for each in CURATED)


@pytest.mark.parametrize("spelling", ["{0}=={1}", "{0} == {1}", "{2}=={1}"])
@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.distribution)
def test_what_is_known_of_a_release_holds_however_it_is_named(release, spelling):
    text = spelling.format(release.distribution, release.version, release.distribution.upper().replace("-", "_"))
    known, named = TARGETS[f"{release.distribution}-{release.version}"], find_target(f"pip:{text}")
    assert named.name == f"pip:{text}"
    facts = ("summary", "package", "django", "python", "notes", "unsupported")
    assert [getattr(named, fact) for fact in facts] == [getattr(known, fact) for fact in facts]
    assert named.notes


@pytest.mark.parametrize("requirement", ["dwebsocket", "dwebsocket==0.5.11", "dwebsocket>=0.5.12", "dwebsocket==0.5.*"])
def test_nothing_is_known_of_what_is_no_certain_release(requirement):
    target = find_target(f"pip:{requirement}")
    assert (target.python, target.notes) == ((), "")
    assert target.django == TARGETS["reference"].django
