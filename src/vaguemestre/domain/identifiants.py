"""Identifiers that cannot be wrong: parsed once, valid for ever.

`Siret.lire(texte)` gives a value or raises DocumentError; `Siret.defaut(texte)` gives the reason
in French, or None. Nothing is stripped, upper-cased or completed: a PES carries the very text, so
a space or a lost leading zero is a defect, said as such. Keys are computed by python-stdnum; the
forms are those of reference/pes.md §4.2, §5.2, §5.7 and §6 (table NatIdTiers).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Self

from stdnum import bic, iban, luhn
from stdnum.exceptions import InvalidChecksum, InvalidComponent, ValidationError
from stdnum.fr import nir, siret, tva

from vaguemestre.errors import DocumentError

_SIREN_LA_POSTE = "356000000"
# In the RIB key a letter counts as a digit: A J = 1, B K S = 2 … I R Z = 9.
_LETTRES_RIB = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")


def _chiffres(texte: str, nombre: int) -> str | None:
    if re.fullmatch(rf"[0-9]{{{nombre}}}", texte):
        return None
    perdus = ""
    if texte.isascii() and texte.isdigit() and 0 < nombre - len(texte) <= 3:
        perdus = " ; des zéros de tête ont peut-être été perdus dans un tableur"
    return f"{nombre} chiffres attendus, sans espace{_vu(texte)}{perdus}"


def _cle_luhn(texte: str) -> str | None:
    if luhn.is_valid(texte):
        return None
    return "clé de contrôle fausse, un chiffre est erroné ou deux sont inversés"


def _vu(texte: str) -> str:
    return (
        f", {len(texte)} caractère{'s' if len(texte) > 1 else ''} vu{'s' if len(texte) > 1 else ''}"
    )


def _ecart_identifiant(texte: str) -> str | None:
    return None if texte else "valeur vide"


def _ecart_siren(texte: str) -> str | None:
    return _chiffres(texte, 9) or _cle_luhn(texte)


def _ecart_siret(texte: str) -> str | None:
    if (form := _chiffres(texte, 14)) is not None:
        return form
    if siret.is_valid(texte):
        return None
    if texte.startswith(_SIREN_LA_POSTE):
        return "clé fausse (La Poste : la somme des chiffres doit être un multiple de 5)"
    return "clé de contrôle fausse, un chiffre est erroné ou deux sont inversés"


def _ecart_finess(texte: str) -> str | None:
    if re.fullmatch(r"2[AB][0-9]{7}", texte):
        return None
    return _chiffres(texte, 9) or _cle_luhn(texte)


def _ecart_nir(texte: str) -> str | None:
    if not re.fullmatch(r"[0-9]{5}([0-9]{2}|2[AB])[0-9]{8}", texte):
        return "15 caractères attendus : des chiffres, ou 2A et 2B pour la Corse"
    return None if nir.is_valid(texte) else "clé de contrôle fausse"


def _ecart_tva_intra(texte: str) -> str | None:
    if not re.fullmatch(r"[A-Z]{2}[0-9A-Z+*]{2,16}", texte):
        return "4 à 18 caractères attendus, le code du pays en tête, sans espace"
    if texte.startswith("FR") and not tva.is_valid(texte):
        return "clé de contrôle fausse"
    return None


def _ecart_ridet(texte: str) -> str | None:
    if re.fullmatch(r"[0-9]{9,10}", texte):
        return None
    return f"9 ou 10 chiffres attendus (RID, puis établissement sur 3){_vu(texte)}"


def _ecart_tahiti(texte: str) -> str | None:
    if re.fullmatch(r"[0-9A-Z]{9}", texte):
        return None
    return f"9 caractères attendus, chiffres ou capitales{_vu(texte)}"


def _ecart_iban(texte: str) -> str | None:
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{1,30}", texte):
        return "capitales et chiffres attendus, sans espace, le pays et la clé en tête"
    try:
        iban.validate(texte, check_country=False)
    except InvalidChecksum:
        return "clé de contrôle fausse (modulo 97), recopier l'IBAN du relevé d'identité"
    except InvalidComponent:
        return None  # a country that stdnum does not know: only the key can be judged
    except ValidationError:
        return f"longueur ou forme inconnue pour le pays {texte[:2]}{_vu(texte)}"
    return None


def _ecart_bic(texte: str) -> str | None:
    if not re.fullmatch(r"[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?", texte):
        return f"8 ou 11 capitales et chiffres attendus, sans espace{_vu(texte)}"
    return None if bic.is_valid(texte) else f"le pays « {texte[4:6]} » n'existe pas"


def _ecart_id_poste(texte: str) -> str | None:
    if re.fullmatch(r"02[A-B][0-9]{3,4}|[0-9]{6,7}", texte):
        return None if texte.strip("0") else "que des zéros"
    return f"6 ou 7 chiffres attendus, zéros de tête compris (Corse : 02A, 02B){_vu(texte)}"


def _ecart_code_collectivite(texte: str) -> str | None:
    if not re.fullmatch(r"[0-9]{3}", texte):
        return f"3 chiffres attendus, zéros de tête compris{_vu(texte)}"
    return "000 n'est pas un code" if texte == "000" else None


def _ecart_code_budget(texte: str) -> str | None:
    if re.fullmatch(r"[0-9A-Z][0-9]", texte):
        return None
    return f"2 caractères attendus, un chiffre ou une capitale puis un chiffre{_vu(texte)}"


def _ecart_id_unique_pj(texte: str) -> str | None:
    if not re.fullmatch(r"[0-9a-zA-Z]{1,50}", texte):
        return f"1 à 50 lettres sans accent et chiffres, rien d'autre{_vu(texte)}"
    return None if texte.strip("0") else "que des zéros"


@dataclass(frozen=True, slots=True, order=True)
class Identifiant:
    """Base: one text, checked when the value is made."""

    texte: str

    nom: ClassVar[str] = "identifiant"
    controle: ClassVar[Callable[[str], str | None]] = _ecart_identifiant

    def __post_init__(self) -> None:
        reason = self.defaut(self.texte)
        if reason is not None:
            raise DocumentError(reason, ref=self.nom)

    @classmethod
    def lire(cls, texte: str) -> Self:
        """The value.

        Raises:
            DocumentError: `texte` is not one; the message says why, in French.
        """
        return cls(texte)

    @classmethod
    def defaut(cls, texte: str) -> str | None:
        """Why `texte` is not one of these, as a French sentence; None when it is right."""
        reason = cls.controle(texte)
        return None if reason is None else f"{cls.nom} « {texte} » : {reason}"


class Siren(Identifiant):
    """Nine digits with a Luhn key."""

    __slots__ = ()
    nom: ClassVar[str] = "SIREN"
    controle: ClassVar[Callable[[str], str | None]] = _ecart_siren


class Siret(Identifiant):
    """Fourteen digits with a Luhn key.

    La Poste (SIREN 356000000): the digits of its establishments add up to a multiple of 5
    instead; its head office keeps the Luhn key.
    """

    __slots__ = ()
    nom: ClassVar[str] = "SIRET"
    controle: ClassVar[Callable[[str], str | None]] = _ecart_siret

    @property
    def siren(self) -> Siren:
        return Siren(self.texte[:9])


class Finess(Identifiant):
    """Nine characters with a Luhn key.

    Corsica writes 2A or 2B first; how the letter enters the key could not be established, so the
    key of these is not checked.
    """

    __slots__ = ()
    nom: ClassVar[str] = "FINESS"
    controle: ClassVar[Callable[[str], str | None]] = _ecart_finess


class Nir(Identifiant):
    """Number of a person: 15 characters, 2A and 2B for Corsica, key modulo 97."""

    __slots__ = ()
    nom: ClassVar[str] = "NIR"
    controle: ClassVar[Callable[[str], str | None]] = _ecart_nir


class TvaIntra(Identifiant):
    """Intra-community VAT number, 4 to 18 characters; the key of a French one is checked."""

    __slots__ = ()
    nom: ClassVar[str] = "n° de TVA intracommunautaire"
    controle: ClassVar[Callable[[str], str | None]] = _ecart_tva_intra


class Ridet(Identifiant):
    """New Caledonia: RID of 6 or 7 digits, then 3 digits for the establishment."""

    __slots__ = ()
    nom: ClassVar[str] = "RIDET"
    controle: ClassVar[Callable[[str], str | None]] = _ecart_ridet


class Tahiti(Identifiant):
    """French Polynesia: 9 characters (6 for the body, 3 for the establishment)."""

    __slots__ = ()
    nom: ClassVar[str] = "n° TAHITI"
    controle: ClassVar[Callable[[str], str | None]] = _ecart_tahiti


class Iban(Identifiant):
    """Capitals, no spaces, key modulo 97, length and form of its country."""

    __slots__ = ()
    nom: ClassVar[str] = "IBAN"
    controle: ClassVar[Callable[[str], str | None]] = _ecart_iban

    @property
    def pays(self) -> str:
        return self.texte[:2]


class Bic(Identifiant):
    """8 or 11 capitals and digits; the country must exist."""

    __slots__ = ()
    nom: ClassVar[str] = "BIC"
    controle: ClassVar[Callable[[str], str | None]] = _ecart_bic


class IdPoste(Identifiant):
    """Codique of an accounting post: 6 or 7 characters, 02A and 02B for Corsica."""

    __slots__ = ()
    nom: ClassVar[str] = "codique du poste comptable"
    controle: ClassVar[Callable[[str], str | None]] = _ecart_id_poste


class CodeCollectivite(Identifiant):
    """CodCol: three digits, zeros first, not 000."""

    __slots__ = ()
    nom: ClassVar[str] = "code collectivité"
    controle: ClassVar[Callable[[str], str | None]] = _ecart_code_collectivite


class CodeBudget(Identifiant):
    """CodBud: a digit or a capital, then a digit."""

    __slots__ = ()
    nom: ClassVar[str] = "code budget"
    controle: ClassVar[Callable[[str], str | None]] = _ecart_code_budget


class IdUniquePj(Identifiant):
    """IdUnique of a PJ: 1 to 50 letters and digits, at least one that is not 0."""

    __slots__ = ()
    nom: ClassVar[str] = "IdUnique"
    controle: ClassVar[Callable[[str], str | None]] = _ecart_id_unique_pj


def cle_rib(etablissement: str, guichet: str, compte: str) -> str:
    """The two digits of the RIB key: 97 − (89·bank + 15·branch + 3·account) mod 97.

    Raises:
        DocumentError: a part is not made of letters and digits, or is too long.
    """
    parts = ((etablissement, 5, "code établissement"), (guichet, 5, "code guichet"))
    for texte, limite, nom in (*parts, (compte, 11, "n° de compte")):
        if not re.fullmatch(rf"[0-9A-Za-z]{{1,{limite}}}", texte):
            raise DocumentError(f"{nom} « {texte} » : 1 à {limite} lettres et chiffres", ref="RIB")
    banque, agence, numero = (
        int(texte.upper().translate(_LETTRES_RIB)) for texte in (etablissement, guichet, compte)
    )
    return f"{97 - (89 * banque + 15 * agence + 3 * numero) % 97:02d}"


def defaut_rib(etablissement: str, guichet: str, compte: str, cle: str) -> str | None:
    """Why these four do not make a RIB, in French; None when they do (pes.md §5.2)."""
    try:
        attendue = cle_rib(etablissement, guichet, compte)
    except DocumentError as error:
        return f"RIB : {error.message}"
    if not re.fullmatch(r"[0-9]{2}", cle):
        return f"RIB : clé « {cle} », 2 chiffres attendus"
    if cle != attendue:
        return "RIB : clé de contrôle fausse, recopier les quatre zones du relevé d'identité"
    return None


def controler_identifiant(nature: str, texte: str) -> str | None:
    """Check an IdTiers against its NatIdTiers (01 to 12): a French sentence, or None.

    Source: pes.md §6, « NatIdTiers and IdTiers »; a wrong one rejects the bordereau. Only what
    the table says is checked: a French VAT number (05) is not judged by its key here.
    """
    controle = _NATURES.get(nature)
    if controle is None:
        return f"nature d'identifiant « {nature} » inconnue (01 à 12 attendus)"
    return controle(texte)


def _forme(motif: str, attendu: str) -> Callable[[str], str | None]:
    compiled = re.compile(motif)

    def controle(texte: str) -> str | None:
        return None if compiled.fullmatch(texte) else f"identifiant « {texte} » : {attendu}"

    return controle


_NATURES: dict[str, Callable[[str], str | None]] = {
    "01": Siret.defaut,
    "02": Siren.defaut,
    "03": Finess.defaut,
    "04": Nir.defaut,
    "05": _forme(r".{4,18}", "un n° de TVA intracommunautaire a 4 à 18 caractères"),
    "06": _forme(r".{1,18}", "un identifiant hors UE a au plus 18 caractères"),
    "07": Tahiti.defaut,
    "08": Ridet.defaut,
    "09": _forme(r"", "en cours d'immatriculation (09), aucun identifiant n'est donné"),
    "10": _forme(r"FRWF.{0,14}", "un identifiant FRWF commence par FRWF, 18 caractères au plus"),
    "11": _forme(r"[0-9]{5}.{0,75}", "un IREP commence par 5 chiffres, 80 caractères au plus"),
    "12": _forme(r"[0-9]{13}", "un NFP a 13 chiffres"),
}
