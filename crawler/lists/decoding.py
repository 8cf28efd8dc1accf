"""Decode the bytes of a list, whatever its encoding."""

from __future__ import annotations

import codecs
from typing import Final

from crawler.model.errors import ListError
from crawler.model.frozen import frozen
from crawler.model.log import logger

_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8",
    # Before the mark of UTF-16, with which it begins.
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""https://www.unicode.org/faq/utf_bom.html#bom4"""

_WIDE: Final = ["utf_16_le", "utf_16_be", "utf_32_le", "utf_32_be"]
_LEGACY: Final = [
    *("gb18030", "big5", "cp932", "euc_jp", "cp949", "cp1251", "koi8_r"),
    *("cp1252", "cp1253", "cp1254", "cp1255", "cp1256"),
]
"""Encodings used before UTF-8 that extend ASCII. Without cp1250: the more common cp1252 would be
taken for it."""

_SAMPLE: Final = 256 * 1024
"""Bytes in which to detect the encoding."""
_BYTES_A_STRAY: Final = 500
"""A text that is not UTF-8 must have fewer bytes per wrong byte to be in another encoding."""
_REPLACEMENT: Final = "\ufffd"


@frozen
class ExactText:
    """A text that can be encoded again to the same bytes."""

    text: str
    """With its byte order mark as U+FEFF, and each invalid byte as a surrogate."""
    encoding: str

    def encode(self, name: str, text: str) -> bytes:
        """The bytes of another text in the same encoding.

        Raises: ListError if the encoding lacks a character.
        """
        try:
            return text.encode(self.encoding, "surrogateescape")
        except UnicodeEncodeError as error:
            raise ListError(
                f"{name} is {_shown(self.encoding)}, which has no {text[error.start]}: save it as "
                "UTF-8"
            ) from None


def decode(name: str, content: bytes) -> str:
    """The text of the list that is called `name`, without a byte order mark.

    An invalid byte becomes U+FFFD, which is logged once.

    Raises: ListError if it is not text.
    """
    mark, encoding = _encoding_of(name, content)
    return _replaced(name, content[len(mark) :], encoding)


def decode_exactly(name: str, content: bytes) -> ExactText:
    """The text of a list that will be written again.

    Raises: ListError if it is not text, or would not be encoded to the same bytes.
    """
    _, encoding = _encoding_of(name, content)
    text = content.decode(encoding, "surrogateescape")
    exact = ExactText(text, encoding)
    if exact.encode(name, text) != content:
        raise ListError(f"{name} cannot be written as it was read: save it as UTF-8")
    return exact


def _encoding_of(name: str, content: bytes) -> tuple[bytes, str]:
    """The byte order mark, and the encoding of the bytes after it.

    Raises: ListError if they are not text.
    """
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return mark, encoding
    try:
        content.decode()
    except UnicodeDecodeError as problem:
        at = problem.start
    else:
        return b"", "utf-8"
    text = content.decode(errors="replace")
    strays = text.count(_REPLACEMENT)
    wide = sum(character > "\x7f" for character in text) - strays
    if b"\0" not in content and (strays <= wide or strays * _BYTES_A_STRAY <= len(content)):
        return b"", "utf-8"
    detected = _detect(content)
    if detected is None:
        raise ListError(f"{name} is not UTF-8 text (byte {at}), and in no other known encoding")
    return b"", detected


def _replaced(name: str, content: bytes, encoding: str) -> str:
    text = content.decode(encoding, "replace")
    try:
        content.decode(encoding)
    except UnicodeDecodeError as problem:
        logger.warning(
            "{} is not all {}: what does not fit is read as U+FFFD (in {} places, the first is "
            "byte {})",
            name,
            _shown(encoding),
            text.count(_REPLACEMENT),
            problem.start,
        )
    return text


def _shown(encoding: str) -> str:
    return encoding.upper().replace("_", "-")


def _detect(content: bytes) -> str | None:
    """The encoding of a text without a byte order mark; None if it is not text."""
    # Imported here because it takes 30 ms, and few lists need it.
    from charset_normalizer import from_bytes

    sample = content[:_SAMPLE]
    found = from_bytes(sample, cp_isolation=_WIDE if b"\0" in sample else _LEGACY).best()
    return found.encoding if found else None
