"""Cases are values."""

import dataclasses

import pytest

from wsconform.cases import CATALOGUE
from wsconform.conversation.model import Case


@pytest.mark.parametrize(("id_", "family"), [("1.1.1", "1"), ("10.1.1", "10"), ("5.15", "5"), ("X.9.1", "X")])
def test_family_is_the_first_part_of_the_id(id_, family):
    assert Case(id_, "A title.", ()).family == family


def test_case_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        CATALOGUE["1.1.1"].title = "Another title."
