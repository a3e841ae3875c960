"""Requested versions are parsed, and pins replace the requirements of servers."""

import pytest

from wsconform.environments.versions import CURATED, OWN, Versions, pinned
from wsconform.errors import UnknownNameError, VersionError
from wsconform.servers import Server

GUNICORN = Server("g", "a test server", argv=("x",), requires=("gunicorn[gevent]==27.0.1", "gevent==26.9.0"))

PLAIN = Server("p", "a test server", argv=("x",))


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
def test_minor_version_of_django_means_its_newest_release(django, requirement):
    assert Versions(django=django).django_requirement == requirement


@pytest.mark.parametrize("django", ["5", "main", "four.two", "flask<2", "<5", "4.2.x", " "])
def test_error_for_an_invalid_django_shows_valid_ones(django):
    with pytest.raises(VersionError, match=r"5\.2|name==1\.2"):
        Versions(django=django)


@pytest.mark.parametrize("python", ["3", "3.12.1", "py312", "3.", "three", ">=3.10"])
def test_error_for_an_invalid_python_shows_a_valid_one(python):
    with pytest.raises(VersionError, match=r"such as 3\.12"):
        Versions(python=python)


@pytest.mark.parametrize(
    ("pins", "message"),
    [
        (("gunicorn=26",), "'gunicorn=26' is not a requirement"),
        (("",), "'' is not a requirement"),
        (("gunicorn<26", "Gunicorn>20"), "two pins for Gunicorn: .*Gunicorn>=1,<2"),
        (("Django==4.2",), r"--django 4\.2"),
        (("django<5",), "--django 'django<5'"),
    ],
)
def test_error_for_an_invalid_pin_says_what_to_write(pins, message):
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
def test_pin_replaces_the_version_and_keeps_the_extras(pin, requirement):
    changed = pinned(GUNICORN.requires, [pin])
    assert changed[1] == "gevent==26.9.0"
    assert changed[0].replace(" @", "@") == requirement


def test_every_requirement_for_a_distribution_is_replaced_in_any_spelling():
    assert pinned(["A.b==1", "a-B==2", "c==3"], ["a_b<9"]) == ("A.b<9", "a-B<9", "c==3")


def test_other_requirements_stay_unchanged():
    assert pinned(["gunicorn [gevent] == 27"], []) == ("gunicorn [gevent] == 27",)


def test_error_for_an_unknown_pin_names_the_nearest_distribution():
    with pytest.raises(UnknownNameError, match=r"'gunicon'; did you mean gunicorn\?"):
        pinned(GUNICORN.requires, ["gunicon<26"])


def test_pin_without_any_requirement_is_an_error():
    with pytest.raises(UnknownNameError, match="the chosen servers require no packages"):
        pinned([], ["gunicorn<26"])


def test_server_gets_only_pins_of_what_it_requires():
    asked = Versions("3.12", "4.2", pins=("Gunicorn<26", "uwsgi<2"))
    assert asked.concerning([PLAIN, GUNICORN]) == Versions("3.12", "4.2", pins=("Gunicorn<26",))
    assert asked.concerning([PLAIN]).pins == ()


def test_options_choose_the_same_versions():
    asked = Versions("3.12", "Django<5", ("gunicorn<26", "gevent<26"))
    words = ("--python", "3.12", "--django", "Django<5", "--with", "gunicorn<26", "--with", "gevent<26")
    assert asked.options == words
    assert str(asked) == "python=3.12,django=Django<5,gunicorn<26,gevent<26"
    assert (OWN.options, str(OWN)) == ((), "")


def test_curated_versions_are_three_djangos_without_pins():
    assert [each.django for each in CURATED] == ["4.2", "5.2", "6.1"]
    assert not any(each.pins for each in CURATED)
