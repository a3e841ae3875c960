"""Installed distributions are read from their metadata."""

import pytest

from conformance.tests.support.stand_ins import write_installed
from wsconform.environments.installed import Installed, description


def test_provider_with_the_most_files_comes_first(tmp_path):
    write_installed(tmp_path)
    more = tmp_path / "a_plugin-1.dist-info"
    more.mkdir()
    (more / "METADATA").write_text("Metadata-Version: 2.1\nName: a-plugin\nVersion: 1\n")
    (more / "RECORD").write_text("dwebsocket/plugin.py,,\n")
    installed = Installed([str(tmp_path)])
    assert [each.name for each in installed.providers("dwebsocket")] == ["dwebsocket", "a-plugin"]
    assert installed.providers("dweb") == []
    assert installed.versions(["A_Plugin"]) == {"A_Plugin": "1"}


@pytest.mark.parametrize(
    ("metadata", "text"),
    [
        ("", "dwebsocket 0.3"),
        ("Summary: Sockets\nHome-page: UNKNOWN\n", "dwebsocket 0.3, Sockets"),
        ("Summary: Sockets\nHome-page: https://x.test\n", "dwebsocket 0.3, Sockets, https://x.test"),
        ("Project-URL: Homepage, https://x.test\n", "dwebsocket 0.3, https://x.test"),
    ],
)
def test_distribution_is_described_by_its_metadata(tmp_path, metadata, text):
    assert description(write_installed(tmp_path, metadata=metadata)) == text
