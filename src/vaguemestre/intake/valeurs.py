"""One cell to one value, or the reason why not, in the words of the person who typed it.

Nothing is rounded, cut or guessed: what can be read in two ways is refused. Every function takes
a raw value (text of a CSV, number or date of a spreadsheet or JSON) and returns the value or a
`Refus`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

Brut = str | int | Decimal | date | bool
"""What a cell may hold once its file is read; an empty cell is absent."""

_ESPACES = " \u00a0\u202f\u2009"
_SIMPLE = re.compile(r"(\d+)(?:[.,](\d+))?")
_GROUPES = re.compile(rf"\d{{1,3}}(?:[{_ESPACES}]\d{{3}})+(?:[.,]\d+)?")
_DEUX_SIGNES = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:,\d{3})+\.\d+")
_AMBIGU = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_NEGATIF = re.compile(r"[-−]\s?\d[\d.,\s]*|\d[\d.,\s]*[-−]|\(\s?\d[\d.,\s]*\)")
_EXPOSANT = re.compile(r"-?\d+(?:[.,]\d+)?[Ee][+-]?\d{1,3}")
_EXPOSANT_TABLEUR = re.compile(r"-?\d(?:[.,]\d+)?[Ee][+-]\d{2,3}")
_ERREUR_TABLEUR = re.compile(
    r"#(?:N/A|VALEUR!|VALUE!|REF!|NOM\?|NAME\?|DIV/0!|NUL!|NULL!|NOMBRE!|NUM!|SPILL!|CALC!)|#{3,}"
)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_FRANCAISE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_ORIGINE_TABLEUR = date(1899, 12, 30)
_CHIFFRES_MONTANT = 14  # PES: « dec 14,2 », digits in all
_VRAI = frozenset({"1", "oui", "vrai", "true"})
_FAUX = frozenset({"0", "non", "faux", "false"})


@dataclass(frozen=True, slots=True)
class Refus:
    """Why a cell was not taken: the end of the rule's name, the reason, what to do."""

    regle: str
    message: str
    conseil: str


EN_TEXTE = (
    "Dans le tableur, mettre la colonne au format Texte, ressaisir la valeur entière, "
    "puis redéposer."
)


def abime_par_tableur(brut: Brut) -> Refus | None:
    """What Excel leaves behind in any column: `#N/A`, `########`, `7,8E+13`."""
    if not isinstance(brut, str):
        return None
    if brut.startswith("#") and _ERREUR_TABLEUR.fullmatch(brut):
        return Refus(
            "formule",
            "la cellule contient une erreur de formule du tableur",
            "Corriger la formule, ou remplacer la cellule par sa valeur.",
        )
    if _EXPOSANT_TABLEUR.fullmatch(brut):
        return _notation_scientifique()
    return None


def _notation_scientifique() -> Refus:
    return Refus(
        "exposant",
        "le tableur a écrit le nombre en notation scientifique : des chiffres sont perdus",
        EN_TEXTE,
    )


def lire_montant(brut: Brut, decimales: int) -> Decimal | Refus:
    """An amount, not negative, at most 14 digits; `decimales` 2 for EUR, 0 for XPF."""
    nombre = _lire_nombre(brut)
    if isinstance(nombre, Refus):
        return nombre
    valeur = sans_zeros(nombre, decimales)
    if valeur is None:
        if decimales == 0:
            return Refus(
                "fraction",
                "le franc CFP (XPF) n'a pas de centimes",
                "Donner un montant entier, arrondi dans le logiciel émetteur.",
            )
        return Refus(
            "decimales",
            f"un montant a {decimales} décimales au plus",
            "Arrondir le montant dans le logiciel émetteur.",
        )
    if len(valeur.as_tuple().digits) > _CHIFFRES_MONTANT:
        return Refus(
            "longueur",
            f"un montant a {_CHIFFRES_MONTANT} chiffres au plus",
            "Vérifier le montant, ou répartir la dépense sur plusieurs pièces.",
        )
    return valeur


def lire_montant_signe(brut: Brut, decimales: int) -> Decimal | Refus:
    """An amount that may be negative: a minus sign in front, glued to the digits."""
    if isinstance(brut, (int, Decimal)) and not isinstance(brut, bool) and brut < 0:
        lu = lire_montant(-brut, decimales)
    elif isinstance(brut, str) and brut.startswith("-"):
        lu = lire_montant(brut[1:], decimales)
    else:
        return lire_montant(brut, decimales)
    return lu if isinstance(lu, Refus) else -lu


def lire_quantite(brut: Brut) -> Decimal | Refus:
    """More than 0, 6 digits in all, 4 of them after the point (Base_Quantite of the XSD)."""
    nombre = _lire_nombre(brut)
    if isinstance(nombre, Refus):
        return nombre
    valeur = sans_zeros(nombre, 4)
    if valeur is None or not valeur or len(valeur.normalize().as_tuple().digits) > 6:
        return Refus(
            "quantite",
            "une quantité est supérieure à 0 et a 6 chiffres en tout, dont 4 décimales au plus",
            "Corriger la quantité, ou donner montant_base à sa place.",
        )
    return valeur.normalize() if valeur == valeur.to_integral() else valeur


def sans_zeros(nombre: Decimal, decimales: int) -> Decimal | None:
    """The same number with exactly `decimales` decimals; None where that would change it."""
    exact = nombre.quantize(Decimal(1).scaleb(-decimales)) if abs(nombre) < 10**20 else None
    return exact if exact == nombre else None


def lire_taux(brut: Brut) -> Decimal | Refus:
    """A percentage such as 8,5: positive, under 1000, two decimals."""
    nombre = _lire_nombre(brut)
    if isinstance(nombre, Refus):
        return nombre
    valeur = sans_zeros(nombre, 2)
    if valeur is None or not 0 < valeur < 1000:
        return Refus(
            "taux",
            "un taux est un pourcentage positif à deux décimales au plus",
            "Écrire par exemple 8,5 pour 8,5 %.",
        )
    return valeur


def _lire_nombre(brut: Brut) -> Decimal | Refus:
    if isinstance(brut, (bool, date)):
        return _pas_un_nombre()
    if isinstance(brut, (int, Decimal)):
        return _negatif() if brut < 0 else Decimal(brut)
    if found := _SIMPLE.fullmatch(brut):
        if _AMBIGU.fullmatch(brut):
            return _ambigu(brut)
        return Decimal(f"{found[1]}.{found[2] or '0'}") if brut.isascii() else _pas_un_nombre()
    return _nombre_orne(brut)


def _nombre_orne(brut: str) -> Decimal | Refus:
    """A number with thousands marks, or the reason why the text is none."""
    if _NEGATIF.fullmatch(brut):
        return _negatif()
    if _EXPOSANT.fullmatch(brut):
        return _notation_scientifique()
    if _GROUPES.fullmatch(brut):
        tasse = brut.translate({ord(espace): None for espace in _ESPACES})
        return Decimal(tasse.replace(",", ".")) if tasse.isascii() else _pas_un_nombre()
    if _DEUX_SIGNES.fullmatch(brut) and brut.isascii():
        milliers = "," if brut.rfind(".") > brut.rfind(",") else "."
        return Decimal(brut.replace(milliers, "").replace(",", "."))
    return _pas_un_nombre()


def _pas_un_nombre() -> Refus:
    return Refus(
        "montant",
        "ce n'est pas un nombre",
        "Écrire les chiffres seuls, par exemple 1234,56 : ni lettre, ni symbole de monnaie.",
    )


def _negatif() -> Refus:
    return Refus(
        "negatif",
        "un montant négatif n'existe pas dans le PES",
        "Pour annuler ou réduire : montant positif, type_bordereau 02, type_piece 02, "
        "nature_piece 06 et les colonnes rattachement_… de la pièce d'origine.",
    )


def _ambigu(brut: str) -> Refus:
    entier, reste = brut[:-4], brut[-3:]
    return Refus(
        "ambigu",
        f"peut se lire {entier}{reste} ou {entier} virgule {reste}",
        "Retirer le séparateur de milliers et écrire deux décimales, par exemple "
        f"{entier}{reste},00.",
    )


def lire_date(brut: Brut) -> date | Refus:
    """31/12/2026 or 2026-12-31, or the date of a spreadsheet cell."""
    if isinstance(brut, date):
        return brut
    texte = str(brut)
    if found := _ISO.fullmatch(texte):
        annee, mois, jour = found[1], found[2], found[3]
    elif found := _FRANCAISE.fullmatch(texte):
        jour, mois, annee = found[1], found[2], found[3]
    else:
        return _pas_une_date(texte)
    try:
        return date(int(annee), int(mois), int(jour))
    except ValueError:
        return Refus(
            "date",
            "cette date n'existe pas au calendrier",
            "Corriger le jour ou le mois ; l'ordre est jour/mois/année.",
        )


def _pas_une_date(texte: str) -> Refus:
    if re.fullmatch(r"\d{5}(?:[.,]0+)?", texte, re.ASCII):
        jours = int(texte[:5])
        lisible = (_ORIGINE_TABLEUR + timedelta(days=jours)).strftime("%d/%m/%Y")
        return Refus(
            "date_serie",
            f"le tableur a remplacé la date par son numéro de série (ce serait le {lisible})",
            "Mettre la colonne au format Date (jj/mm/aaaa), vérifier la date, puis redéposer.",
        )
    return Refus(
        "date",
        "ce n'est pas une date sous une forme acceptée",
        "Écrire 31/12/2026 ou 2026-12-31, avec l'année sur quatre chiffres et sans heure.",
    )


def lire_entier(brut: Brut, chiffres: int) -> int | Refus:
    """A number of a document: digits only, at least 1, at most `chiffres` digits."""
    texte = en_texte(brut)
    if isinstance(brut, bool) or not re.fullmatch(r"\d+", texte, re.ASCII) or int(texte) < 1:
        return Refus(
            "entier",
            "il faut un nombre entier supérieur à zéro",
            "Écrire les chiffres seuls, sans espace ni séparateur.",
        )
    if len(str(int(texte))) > chiffres:
        return Refus(
            "longueur", f"{chiffres} chiffres au plus", "Vérifier le numéro dans le logiciel."
        )
    return int(texte)


def lire_chiffres(brut: Brut, mini: int, maxi: int) -> str | Refus:
    """Digits whose zeros count: postal code, account. `mini` == `maxi` for a fixed width."""
    texte = en_texte(brut)
    if not re.fullmatch(r"\d+", texte, re.ASCII):
        return Refus("chiffres", "seuls des chiffres sont admis ici", "Corriger la valeur.")
    if len(texte) > maxi:
        return Refus("longueur", f"{maxi} chiffres au plus", "Corriger la valeur.")
    if len(texte) < mini:
        return zero_perdu(texte, texte.zfill(mini))
    return texte


def lire_code(brut: Brut, codes: Sequence[str]) -> str | Refus:
    """One of the official codes."""
    texte = en_texte(brut)
    if texte in codes:
        return texte
    largeur = len(codes[0]) if codes else 0
    if texte.isdigit() and texte.zfill(largeur) in codes:
        return zero_perdu(texte, texte.zfill(largeur))
    return Refus("code", "code inconnu", f"Codes admis : {', '.join(codes)}.")


def zero_perdu(texte: str, attendu: str) -> Refus:
    return Refus(
        "zero_perdu",
        f"il manque un zéro en tête (« {attendu} » ?) : {len(texte)} caractères au lieu de "
        f"{len(attendu)}",
        "Le tableur a retiré le zéro : " + EN_TEXTE[0].lower() + EN_TEXTE[1:],
    )


def lire_booleen(brut: Brut) -> bool | Refus:
    texte = en_texte(brut).lower()
    if texte in _VRAI or texte in _FAUX:
        return texte in _VRAI
    return Refus("booleen", "il faut oui ou non", "Écrire 1 ou oui, 0 ou non.")


def en_texte(brut: Brut) -> str:
    """The text a person would have typed for this cell."""
    if isinstance(brut, str):
        return brut
    if isinstance(brut, bool):
        return "1" if brut else "0"
    if isinstance(brut, date):
        return brut.strftime("%d/%m/%Y")
    if isinstance(brut, Decimal):
        return format(brut, "f")
    return str(brut)
