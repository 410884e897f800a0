"""One zone of a fixed-width record: a value to bytes and back, lossless or an error.

Widths are in BYTES. Nothing is rounded; text is cut only where the layout says « truncate », and
the writer reports it. Kinds are those of the layout files: X text, 9 number, S9 signed number,
D date, CONST, FILLER. A number or a date may be packed two digits to a byte (`usage`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from vaguemestre.errors import ZoneError
from vaguemestre.indigo.condense import CONDENSES, deballer, emballer, place

Valeur = str | int | Decimal | date | None

# The last digit carries the sign: { A…I for +0…+9, } J…R for -0…-9.
_PLUS, _MOINS = "{ABCDEFGHI", "}JKLMNOPQR"
_PERFORES = {
    signe: (chiffre, facteur)
    for table, facteur in ((_PLUS, 1), (_MOINS, -1))
    for chiffre, signe in enumerate(table)
}
_CONTROLES = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "’": "'"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What holds for the whole file.

    `decimales`: how many decimals an amount may have (0 for XPF); `centimes`: amounts are written
    in hundredths whatever their decimals. `sans_accent`: text goes to capitals without accents.
    """

    encodage: str = "iso-8859-1"
    sans_accent: bool = False
    decimales: int = 0
    centimes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """One field of a record. `debut` counts from 1; `longueur` in bytes.

    `source` names a value of the canonical model (`sources.SOURCES`). `codes` are the values that
    may be written, with their labels; `table` translates a canonical value into a written one.
    `montant`: the decimals of the file apply; otherwise `decimales`. `usage`: display (one
    character a digit), packed or bcd (`condense`), and hex for a constant that is no text.
    `rivales`: other sources that explained as well the files that the layout was learned from;
    `vue`: the only bytes that they showed there; `plein_suppose`: they never
    showed its padding, every number filling at least that many bytes (0: they did).
    """

    nom: str
    debut: int
    longueur: int
    type: str
    source: str = ""
    valeur: str = ""
    cadrage: str = "left"
    remplissage: str = " "
    signe: str = "none"
    format_date: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    table: dict[str, str] = field(default_factory=dict)
    obligatoire: bool = False
    tronquer: bool = False
    montant: bool = False
    decimales: int = 0
    usage: str = "display"
    rivales: tuple[str, ...] = ()
    vue: bytes | None = None
    plein_suppose: int = 0

    @property
    def fin(self) -> int:
        """Position of the last byte, counted from 1."""
        return self.debut + self.longueur - 1


def plier(texte: str) -> str:
    """Capitals without accents, as `upper_no_accent` asks; ligatures become two letters."""
    if not texte.isascii():
        decompose = unicodedata.normalize("NFKD", texte.translate(_LIGATURES))
        texte = "".join(lettre for lettre in decompose if not unicodedata.combining(lettre))
    return texte.upper()


def ecrire(zone: Zone, valeur: Valeur, forme: Format) -> bytes:
    """The bytes of a zone, exactly `zone.longueur` of them.

    Raises:
        ZoneError: the value does not fit, is missing, or has no writing in this layout; its
            message names the zone, the value and the limit.
    """
    if zone.type == "CONST":
        return _ecrire_constante(zone, forme)
    if zone.type == "FILLER":
        return zone.remplissage.encode(forme.encodage) * zone.longueur
    if valeur is None or valeur == "":
        return _ecrire_vide(zone, forme)
    if zone.table:
        valeur = _traduire(zone, valeur)
    if zone.type == "D":
        return _ecrire_date(zone, valeur, forme)
    if zone.type in {"9", "S9"}:
        return _ecrire_nombre(zone, valeur, forme)
    return _ecrire_texte(zone, valeur, forme)


def lire(zone: Zone, octets: bytes, forme: Format) -> Valeur:
    """The value of a zone, as far as the bytes tell; None for an empty text or date.

    With `signe` none or separate_field the number comes back without its sign. A `table` is
    applied backwards.

    Raises:
        ZoneError: the bytes are no value of this kind.
    """
    texte = decoder(zone, octets, forme)
    if zone.type == "CONST":
        return _denuder(zone, texte)
    if zone.type == "FILLER":
        return None
    if zone.usage in CONDENSES:
        return _lire_condense(zone, octets, forme)
    if zone.type == "D":
        return _lire_date(zone, texte)
    if zone.type in {"9", "S9"}:
        return _lire_nombre(zone, texte, forme)
    return _retraduire(zone, _denuder(zone, texte)) or None


def decoder(zone: Zone, octets: bytes, forme: Format) -> str:
    """The raw text of a zone; hexadecimal digits where it is packed.

    Raises:
        ZoneError: the bytes are not in the encoding of the layout.
    """
    if zone.usage != "display":
        return octets.hex().upper()
    try:
        return octets.decode(forme.encodage)
    except UnicodeDecodeError as error:
        raise ZoneError(
            f"zone « {zone.nom} » : octets illisibles en {forme.encodage}", ref=zone.nom
        ) from error


def tronquee(zone: Zone, valeur: Valeur, forme: Format) -> bool:
    """Whether writing cuts this value: only a text whose layout says « truncate »."""
    if not zone.tronquer or valeur is None or zone.type != "X":
        return False
    return len(en_texte(valeur, forme).encode(forme.encodage, "replace")) > zone.longueur


def normaliser(zone: Zone, valeur: Valeur, forme: Format) -> str:
    """A text as the zone can give it back: for comparing a PES with what was read."""
    if valeur is None:
        return ""
    octets = en_texte(valeur, forme).encode(forme.encodage, "replace")
    if zone.tronquer:
        octets = octets[: zone.longueur]
    return _denuder(zone, octets.decode(forme.encodage, "ignore"))


def exposant(zone: Zone, forme: Format) -> int:
    """Power of ten between a value and the integer that is written."""
    if not zone.montant:
        return zone.decimales
    return 2 if forme.centimes else forme.decimales


def _faute(zone: Zone, valeur: Valeur, reason: str) -> ZoneError:
    return ZoneError(f"zone « {zone.nom} », valeur « {valeur} » : {reason}", ref=zone.nom)


def _ecrire_vide(zone: Zone, forme: Format) -> bytes:
    if zone.obligatoire:
        raise ZoneError(
            f"zone « {zone.nom} » : obligatoire dans le dessin, absente du PES", ref=zone.nom
        )
    if zone.type in {"9", "S9"} and zone.remplissage == "0":
        return _ecrire_nombre(zone, 0, forme)
    if zone.usage in CONDENSES:
        return emballer("", zone.longueur, zone.usage)
    return zone.remplissage.encode(forme.encodage) * zone.longueur


def _traduire(zone: Zone, valeur: Valeur) -> str:
    traduit = zone.table.get(str(valeur))
    if traduit is None:
        raise _faute(zone, valeur, "aucune traduction dans la table du dessin")
    return traduit


def _retraduire(zone: Zone, texte: str) -> str:
    return next((pes for pes, ecrit in zone.table.items() if ecrit == texte), texte)


def _ecrire_constante(zone: Zone, forme: Format) -> bytes:
    if zone.usage == "hex":
        return bytes.fromhex(zone.valeur)
    return _cadrer(zone, zone.valeur.encode(forme.encodage), zone.valeur, forme)


def _ecrire_date(zone: Zone, valeur: Valeur, forme: Format) -> bytes:
    if not isinstance(valeur, date):
        raise _faute(zone, valeur, "une date est attendue")
    if valeur.year < 1000:
        raise _faute(zone, valeur, "l'année doit avoir quatre chiffres")
    texte = valeur.strftime(zone.format_date)
    if zone.usage in CONDENSES:
        return emballer(_tenir(zone, valeur, texte), zone.longueur, zone.usage)
    if len(texte) != zone.longueur:
        raise _faute(zone, valeur, f"{len(texte)} octets, la zone en a {zone.longueur}")
    return texte.encode(forme.encodage)


def _tenir(zone: Zone, valeur: Valeur, chiffres: str) -> str:
    """The same digits, where a packed zone has room for them."""
    if len(chiffres) > (permis := place(zone.longueur, zone.usage)):
        raise _faute(zone, valeur, f"{len(chiffres)} chiffres, la zone en a {permis}")
    return chiffres


def _lire_date(zone: Zone, texte: str) -> date | None:
    if not texte.strip(zone.remplissage + " 0"):
        return None
    try:
        return datetime.strptime(texte, zone.format_date).date()  # noqa: DTZ007
    except ValueError as error:
        raise _faute(zone, texte, f"date attendue au format {zone.format_date}") from error


def _lire_condense(zone: Zone, octets: bytes, forme: Format) -> Valeur:
    lu = deballer(octets, zone.usage)
    if lu is None:
        raise _faute(zone, octets.hex().upper(), "ce n'est pas un nombre condensé")
    signe, chiffres = lu
    if zone.type == "D":
        attendus = len(date(2026, 12, 31).strftime(zone.format_date))
        return _lire_date(zone, chiffres[-attendus:])
    puissance = exposant(zone, forme)
    nombre = signe * int(chiffres)
    return Decimal(nombre).scaleb(-puissance) if zone.montant or puissance else nombre


def _ecrire_nombre(zone: Zone, valeur: Valeur, forme: Format) -> bytes:
    nombre = _entier(zone, valeur, forme)
    if zone.type == "9" and nombre < 0:
        raise _faute(zone, valeur, "négatif dans une zone sans signe (type 9)")
    chiffres = str(abs(nombre))
    if zone.usage in CONDENSES:
        sens = None if zone.type == "9" else (-1 if nombre < 0 else 1)
        return emballer(_tenir(zone, valeur, chiffres), zone.longueur, zone.usage, signe=sens)
    permis = zone.longueur - (1 if zone.signe in {"leading", "trailing"} else 0)
    if len(chiffres) > permis:
        raise _faute(zone, valeur, f"{len(chiffres)} chiffres, la zone en a {permis}")
    cadres = chiffres.rjust(permis, zone.remplissage)
    if zone.cadrage == "left":
        cadres = chiffres.ljust(permis, zone.remplissage)
    return _signer(zone, cadres, nombre).encode(forme.encodage)


def _signer(zone: Zone, cadres: str, nombre: int) -> str:
    if zone.signe == "leading":
        return ("-" if nombre < 0 else "+") + cadres
    if zone.signe == "trailing":
        return cadres + ("-" if nombre < 0 else "+")
    if zone.signe == "overpunch":
        return cadres[:-1] + (_MOINS if nombre < 0 else _PLUS)[int(cadres[-1])]
    return cadres


def _entier(zone: Zone, valeur: Valeur, forme: Format) -> int:
    """The integer to write; refuses a fraction that the layout cannot carry."""
    if isinstance(valeur, int):
        return valeur * int(10 ** exposant(zone, forme))
    if isinstance(valeur, str):
        if not re.fullmatch(r"[0-9]+", valeur):
            raise _faute(zone, valeur, "des chiffres sont attendus")
        return int(valeur)
    if not isinstance(valeur, Decimal):
        raise _faute(zone, valeur, "un nombre est attendu")
    permises = forme.decimales if zone.montant else zone.decimales
    if (entiere := valeur.scaleb(permises)) != entiere.to_integral_value():
        decimales = "sans décimales" if permises == 0 else f"à {permises} décimales"
        raise _faute(zone, valeur, f"le dessin écrit {decimales}, et rien n'est arrondi")
    return int(valeur.scaleb(exposant(zone, forme)))


def _lire_nombre(zone: Zone, texte: str, forme: Format) -> Decimal | int:
    signe, chiffres = _separer(zone, texte)
    chiffres = chiffres.strip(" ") or "0"
    if zone.cadrage == "left" and zone.remplissage != "0":
        chiffres = chiffres.rstrip(zone.remplissage)
    elif zone.remplissage not in "0 ":
        chiffres = chiffres.lstrip(zone.remplissage) or "0"
    if not re.fullmatch(r"[0-9]+", chiffres):
        raise _faute(zone, texte, "des chiffres sont attendus")
    puissance = exposant(zone, forme)
    nombre = signe * int(chiffres)
    return Decimal(nombre).scaleb(-puissance) if zone.montant or puissance else nombre


def _separer(zone: Zone, texte: str) -> tuple[int, str]:
    if zone.signe == "leading":
        return _facteur(zone, texte[:1], texte), texte[1:]
    if zone.signe == "trailing":
        return _facteur(zone, texte[-1:], texte), texte[:-1]
    if zone.signe == "overpunch" and texte.strip():
        if texte[-1] not in _PERFORES:
            raise _faute(zone, texte, "le dernier caractère n'est pas un chiffre signé")
        chiffre, facteur = _PERFORES[texte[-1]]
        return facteur, texte[:-1] + str(chiffre)
    return 1, texte


def _facteur(zone: Zone, signe: str, texte: str) -> int:
    if signe not in {"+", "-", " "}:
        raise _faute(zone, texte, "le signe + ou - est attendu")
    return -1 if signe == "-" else 1


def en_texte(valeur: Valeur, forme: Format) -> str:
    """The text of a value in this file, before it is fitted into a zone."""
    texte = f"{valeur:f}" if isinstance(valeur, Decimal) else str(valeur)
    return plier(texte) if forme.sans_accent else texte


def temoin(valeur: Valeur) -> str:
    """A value as it is kept to be compared with another one: nothing and zero are both empty."""
    if not valeur:
        return ""
    return f"{valeur.normalize():f}" if isinstance(valeur, Decimal) else str(valeur)


def _ecrire_texte(zone: Zone, valeur: Valeur, forme: Format) -> bytes:
    texte = en_texte(valeur, forme)
    if _CONTROLES.search(texte):
        raise _faute(zone, valeur, "un caractère de contrôle couperait l'enregistrement")
    if zone.codes and texte not in zone.codes:
        raise _faute(zone, valeur, f"code hors de la liste du dessin ({', '.join(zone.codes)})")
    try:
        octets = texte.encode(forme.encodage)
    except UnicodeEncodeError as error:
        caractere = texte[error.start]
        raise _faute(
            zone, valeur, f"le caractère « {caractere} » n'existe pas en {forme.encodage}"
        ) from error
    if zone.tronquer and len(octets) > zone.longueur:
        octets = octets[: zone.longueur].decode(forme.encodage, "ignore").encode(forme.encodage)
    return _cadrer(zone, octets, valeur, forme)


def _cadrer(zone: Zone, octets: bytes, valeur: Valeur, forme: Format) -> bytes:
    if len(octets) > zone.longueur:
        raise _faute(zone, valeur, f"{len(octets)} octets, la zone en a {zone.longueur}")
    plein = zone.remplissage.encode(forme.encodage)
    if zone.cadrage == "right":
        return octets.rjust(zone.longueur, plein)
    return octets.ljust(zone.longueur, plein)


def _denuder(zone: Zone, texte: str) -> str:
    if zone.cadrage == "right":
        return texte.lstrip(zone.remplissage)
    return texte.rstrip(zone.remplissage)
