"""Names on the wire (reference/signature-and-transmission.md B3; INTERFACE, « Names »).

Two conventions. On the Helios gateway a file is called `PESALR2_<SIREN>_<AAMMJJ>_<NNN>.xml`. On
Passtrans over SFTP the name *is* the message: `<P_DEST>%%<P_APPLI>%%<P_MSG>%%<sha1>`, with
`P_MSG = PES#<CodCol>#<IdPost>#<CodBud>` and no extension. Pure functions: the order number and the
date come from the register and the clock.
"""

from __future__ import annotations

import re
from datetime import date

from vaguemestre.errors import ConfigurationError, ExchangeRefusedError

SUFFIXE_PARTIE = ".part"

_SIREN = re.compile(r"[0-9]{9}")
_P_DEST = re.compile(r"VHPCE[1-7]1|MHPCE[1-5]1|VHICE21")
_P_APPLI = re.compile(r"[GT]HELPES2")
_P_MSG = re.compile(r"PES(ALR[12])?")
_SHA1 = re.compile(r"[0-9a-f]{40}")
_COD_COL = re.compile(r"[0-9]{3}")
_ID_POST = re.compile(r"02[AB][0-9]{3,4}|[0-9]{6,7}")
_COD_BUD = re.compile(r"[0-9A-Z][0-9]")
_EXTENSION = re.compile(r"\.[0-9A-Za-z]{1,8}")
_INTERDITS = re.compile(r"[/\\\x00-\x1f\x7f]")
_LONGUEUR_MAX = 250


def nom_pesalr2(siren: str, jour: date, ordre: int, extension: str = ".xml") -> str:
    """`PESALR2_<SIREN>_<AAMMJJ>_<NNN>.xml`; `ordre` is the number of the day, from 1.

    NNN has at least three digits and grows beyond 999 rather than start again.

    Raises:
        ConfigurationError: the SIREN has not nine digits, `ordre` is below 1, or the extension is
            not a dot and some letters.
    """
    _exiger(_SIREN, siren, "SIREN", "neuf chiffres")
    _exiger(_EXTENSION, extension, "extension", "un point suivi de lettres ou de chiffres")
    if ordre < 1:
        raise ConfigurationError(f"le numéro d'ordre du jour doit être au moins 1, reçu {ordre}")
    return f"PESALR2_{siren}_{jour:%y%m%d}_{ordre:03d}{extension}"


def p_msg(cod_col: str, id_post: str, cod_bud: str, prefixe: str = "PES") -> str:
    """`PES#<CodCol>#<IdPost>#<CodBud>`, what the receiving application reads to route the file.

    Raises:
        ConfigurationError: a code is missing or not of its form (a message that the DGFiP could
            not route is never sent).
    """
    _exiger(_P_MSG, prefixe, "p_msg", "PES, PESALR1 ou PESALR2")
    _exiger(_COD_COL, cod_col, "CodCol", "trois chiffres")
    _exiger(_ID_POST, id_post, "IdPost", "un codique de 6 ou 7 caractères")
    _exiger(_COD_BUD, cod_bud, "CodBud", "un chiffre ou une majuscule, puis un chiffre")
    return f"{prefixe}#{cod_col}#{id_post}#{cod_bud}"


def nom_passtrans(p_dest: str, p_appli: str, message: str, sha1: str) -> str:
    """`<P_DEST>%%<P_APPLI>%%<P_MSG>%%<sha1>`; `message` as `p_msg` makes it, `sha1` lower-case hex.

    Raises:
        ConfigurationError: P_DEST, P_APPLI, the message or the digest is not of its form.
    """
    _exiger(_P_DEST, p_dest, "p_dest", "VHPCE11 à VHPCE71 (ou MHPCE11 à MHPCE51, VHICE21 en test)")
    _exiger(_P_APPLI, p_appli, "p_appli", "GHELPES2 (production) ou THELPES2 (test)")
    _exiger(_SHA1, sha1, "SHA-1", "quarante chiffres hexadécimaux minuscules")
    match message.split("#"):
        case [prefixe, cod_col, id_post, cod_bud]:
            verifie = p_msg(cod_col, id_post, cod_bud, prefixe)
        case _:
            raise ConfigurationError(f"P_MSG « {message} » : attendu PES#CodCol#IdPost#CodBud")
    return f"{p_dest}%%{p_appli}%%{verifie}%%{sha1}"


def sha1_du_nom(nom: str) -> str | None:
    """The SHA-1 that a Passtrans name announces, or None for any other name."""
    *_, dernier = nom.split("%%")
    return dernier if nom.count("%%") == 3 and _SHA1.fullmatch(dernier) else None


def nom_simple(nom: str) -> str:
    """The same name, proven to be one plain file name: no folder, no control character.

    Names come from partners as well as from us, and become paths on both sides.

    Raises:
        ExchangeRefusedError: the name could designate another file than it seems to.
    """
    if not nom or nom in {".", ".."} or _INTERDITS.search(nom):
        raise ExchangeRefusedError(f"nom de fichier refusé : {nom!r}", ref=nom)
    if len(nom.encode("utf-8", "surrogateescape")) > _LONGUEUR_MAX:
        raise ExchangeRefusedError(f"nom de fichier trop long : {nom!r}", ref=nom)
    return nom


def attend_retrait(nom: str) -> bool:
    """A file of the outbox that is ours to fetch: not hidden, not half-written, a plain name."""
    if nom.startswith(".") or nom.endswith((SUFFIXE_PARTIE, ".tmp", ".filepart")):
        return False
    return bool(nom) and not _INTERDITS.search(nom)


def _exiger(forme: re.Pattern[str], valeur: str, quoi: str, attendu: str) -> None:
    if not forme.fullmatch(valeur):
        raise ConfigurationError(f"{quoi} « {valeur} » : attendu {attendu}")
