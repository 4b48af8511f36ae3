import pytest

from dam.core.names import clean_file_name
from ingest.metadata import clean_digest, clean_folder, clean_type


@pytest.mark.parametrize(
    "name", ["clip.mov", "a" * 255, "Tag 1 - ä.mov", "日本.mov", "..mov", ".hidden", "🎬.mov", "a\u200db"]
)
def test_a_file_name_is_kept_as_it_is(name: str) -> None:
    assert clean_file_name(name) == name


def test_a_name_is_composed() -> None:
    assert clean_file_name("a\u0308.mov") == "ä.mov"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        ".",
        "..",
        "a" * 256,
        "a/b.mov",
        "/etc/passwd",
        "a\\b.mov",
        "a\nb",
        "a\x7fb",
        "a\u2028b",
        "a\u202eb",
        "\u200b",
        "\ufeff ",
        "\u00ad\u2060",
        "\u3164",
        "\ufe0f",
    ],
)
def test_what_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        clean_file_name(name)


def test_a_folder_is_names_joined_by_slashes() -> None:
    assert clean_folder("/Day 1/A001/") == "Day 1/A001"
    assert clean_folder("") == ""


@pytest.mark.parametrize("folder", ["a/../b", "a//b", "a\\b", "a/\x00", "x" * 1025, "a/\u200b/b"])
def test_what_is_no_folder_is_refused(folder: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        clean_folder(folder)


def test_a_media_type_is_free_as_long_as_it_is_one() -> None:
    assert clean_type("video/mp4") == "video/mp4"
    assert clean_type("text/plain; charset=utf-8") == "text/plain; charset=utf-8"
    assert clean_type("") == "application/octet-stream"


@pytest.mark.parametrize("text", ["video", "video/", "video/mp4\r\nX-Evil: 1", "a/" + "b" * 254, "a b/c"])
def test_what_is_no_media_type_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        clean_type(text)


@pytest.mark.parametrize("text", ["", "A" * 64, "a" * 63, "g" * 64, "a" * 64 + "\n"])
def test_what_is_no_digest_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        clean_digest(text)
