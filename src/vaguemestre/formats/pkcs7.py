"""Detached signatures (`.p7s`) by their first bytes: DER or PEM of a CMS SignedData (RFC 5652)."""

from __future__ import annotations

MIME = "application/pkcs7-signature"
# 1.2.840.113549.1.7.2, signed-data: stands right after the outer SEQUENCE.
_SIGNED_DATA = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
_PEM = (b"-----BEGIN PKCS7-----", b"-----BEGIN CMS-----")
_OU = 16


def est_pkcs7(tete: bytes) -> bool:
    """Whether a file that begins with these bytes is a CMS signature."""
    return (tete[:1] == b"0" and _SIGNED_DATA in tete[:_OU]) or tete.startswith(_PEM)
