"""Which text may be left out before a parse: base64 and blanks, nothing else."""

from __future__ import annotations

import string
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.signature.epissure import TRANCHE
from vaguemestre.signature.squelette import base64_pur

_LIBRES = (string.ascii_letters + string.digits + "+/= \t\r\n").encode("ascii")
_PRESQUE = st.lists(st.sampled_from([*_LIBRES, *b"-_&<\x0b\xe9"])).map(bytes)


@dataclass(frozen=True)
class _Octets:
    contenu: bytes

    @property
    def taille(self) -> int:
        return len(self.contenu)

    def lire(self, debut: int, fin: int) -> bytes:
        return self.contenu[debut:fin]


@given(st.binary() | _PRESQUE)
def test_chaque_octet_compte(contenu: bytes) -> None:
    attendu = all(octet in _LIBRES for octet in contenu)
    assert base64_pur(_Octets(contenu), 0, len(contenu)) is attendu


def test_au_dela_d_une_tranche() -> None:
    for suite, attendu in ((b"QUJD", True), (b"\nQU", True), (b"Q&UJ", False)):
        contenu = b"A" * TRANCHE + suite
        assert base64_pur(_Octets(contenu), 0, len(contenu)) is attendu
