"""The probe answers whatever the package does when it is imported."""

from conformance.tests.support.environments import api


def test_output_of_the_package_does_not_disturb_the_answer(cache, made_of):
    environment = made_of(api(__init__="print('hello'); import os; os.write(1, b'hello')"))
    assert environment.versions["dwebsocket"] == "0.2"
    assert "hellohello" in next(cache.glob("*.log")).read_text().replace("\n", "")
