"""Rules of the envelope, the header and the whole file (pes.md §1, §3, §4, §13 rows 3 to 6)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from vaguemestre.domain.identifiants import Finess, Siret
from vaguemestre.pes.faits import VIDE, DomaineFaits, FichierFaits
from vaguemestre.pes.regles.base import A, B, Confiance, Constat, F, P, Regle, regle

_TYPFIC = ("PESALR1", "PESALR2", "PESORMC")
_FINJUR_EXIGE = ("M21",)
# A body sends its own SIRET in every file: its key is computed once.
_siret = lru_cache(256)(Siret.defaut)
_FINJUR_PERMIS = ("M21", "M22")


@regle("pes.enveloppe.version", F, "pes.md §4.1, §13 ligne 3")
def version_enveloppe(f: FichierFaits) -> Iterator[Constat]:
    """Parametres/Version is the version of the envelope and must be 2."""
    parametres = f.enveloppe.bloc("Parametres") or VIDE
    version = parametres.v("Version")
    if version is not None and version.strip() != "2":
        yield Constat(
            parametres,
            "Version",
            f"la version de l'enveloppe est {version} ; elle doit être 2",
            "Régler le logiciel émetteur sur le protocole PES V2.",
            attendu="2",
        )


@regle(
    "pes.enveloppe.typfic",
    A,
    "pes.md §3, §4.1 ; le texte (PESALR1) et l'usage diffèrent",
    Confiance.CONTREDIT,
)
def type_de_fichier(f: FichierFaits) -> Iterator[Constat]:
    """TypFic: PESALR1 in the official text, PESALR2 in the field, PESORMC for an ORMC."""
    parametres = f.enveloppe.bloc("Parametres") or VIDE
    typfic = parametres.v("TypFic")
    if typfic is not None and typfic not in _TYPFIC:
        yield Constat(
            parametres,
            "TypFic",
            f"le type de fichier « {typfic} » est inhabituel ; attendu PESALR1, PESALR2 ou PESORMC",
            "Vérifier le paramétrage du logiciel émetteur avec le comptable.",
            attendu=" ou ".join(_TYPFIC),
        )


@regle("pes.fichier.encodage", A, "pes.md §1.7", Confiance.TERRAIN)
def encodage(f: FichierFaits) -> Iterator[Constat]:
    """S2low refuses a file not declared ISO-8859-1; a UTF-8 one exists in the field."""
    if f.encodage != "ISO-8859-1" or f.bom:
        yield Constat(
            f.racine,
            "",
            f"le fichier est encodé en {f.encodage} ; les passerelles attendent ISO-8859-1",
            "Demander à l'éditeur du logiciel de produire le fichier en ISO-8859-1.",
            valeur=f.encodage,
            ref="fichier",
        )


@regle("pes.fichier.taille", F, "arrêté du 27 juin 2007, E2-3")
def taille(f: FichierFaits) -> Iterator[Constat]:
    """A file sent to the DGFiP is smaller than 100 MB."""
    if f.taille > f.reglages.taille_max:
        yield Constat(
            f.racine,
            "",
            f"le fichier pèse {f.taille} octets ; la limite est de {f.reglages.taille_max}",
            "Répartir les bordereaux et leurs pièces justificatives en plusieurs fichiers.",
            valeur=str(f.taille),
            ref="fichier",
        )


@regle("pes.fichier.vide", F, "pes.md §3 (contrôles préalables)", Confiance.TERRAIN)
def rien_dedans(f: FichierFaits) -> Iterator[Constat]:
    """A file without bordereau, PJ or marché is never acknowledged."""
    if not f.bordereaux and not f.pjs and not f.autres:
        yield Constat(
            f.racine,
            "",
            "le fichier ne contient ni bordereau, ni pièce justificative, ni marché : "
            "il ne serait jamais acquitté",
            "Relancer l'export dans le logiciel émetteur en choisissant au moins un bordereau.",
            ref="fichier",
        )


@regle("pes.entete.idcoll", A, "pes.md §4.2 (la clé est notre lecture)", Confiance.INFERE)
def siret_du_budget(f: FichierFaits) -> Iterator[Constat]:
    """IdColl is the SIRET of the budget-collectivité."""
    id_coll = f.entete.v("IdColl")
    if id_coll is None:
        return
    ecart = _siret(id_coll)
    if ecart is not None:
        yield Constat(
            f.entete,
            "IdColl",
            f"le SIRET du budget (IdColl) semble faux : {ecart}",
            "Vérifier le SIRET du budget sur l'avis de situation SIRENE.",
        )


@regle("pes.entete.finjur", F, "pes.md §4.2")
def finess_juridique(f: FichierFaits) -> Iterator[Constat]:
    """FinJur is mandatory in M21, allowed in M22 (ESMS, GTSMS), forbidden in any other one."""
    if f.nomenclature is None:
        return
    finjur = f.entete.v("FinJur")
    if finjur and not f.nomenclature.startswith(_FINJUR_PERMIS):
        yield Constat(
            f.entete,
            "FinJur",
            f"le FINESS juridique est interdit pour un budget en {f.nomenclature}",
            "Retirer le numéro FINESS du paramétrage de ce budget.",
        )
    elif not finjur and f.nomenclature.startswith(_FINJUR_EXIGE):
        yield Constat(
            f.entete,
            "FinJur",
            f"le FINESS juridique manque ; il est obligatoire en {f.nomenclature}",
            "Renseigner le numéro FINESS de l'entité juridique dans le paramétrage du budget.",
        )


@regle("pes.entete.finjur.helios", F, "pes.md §4.2 (celui que connaît Hélios)")
def finess_connu(f: FichierFaits) -> Iterator[Constat]:
    """FinJur must match the number known to Hélios; the local set-up says which."""
    attendu = f.reglages.finess.get(f.cod_bud)
    finjur = f.entete.v("FinJur")
    if attendu and finjur and finjur != attendu:
        yield Constat(
            f.entete,
            "FinJur",
            f"le FINESS juridique est {finjur} ; celui de ce budget est {attendu}",
            "Corriger le numéro FINESS dans le paramétrage du budget.",
            attendu=attendu,
        )


@regle("pes.entete.finjur.cle", A, "pes.md §6 (FINESS : 9, clé)", Confiance.INFERE)
def finess_cle(f: FichierFaits) -> Iterator[Constat]:
    """A FINESS number has nine characters and a key."""
    finjur = f.entete.v("FinJur")
    ecart = Finess.defaut(finjur) if finjur else None
    if ecart is not None:
        yield Constat(
            f.entete,
            "FinJur",
            f"le FINESS juridique semble faux : {ecart}",
            "Vérifier le numéro dans le répertoire FINESS.",
        )


@regle("pes.domaine.idver", F, "pes.md §5.5, §5.6, §13 ligne 3")
def version_domaine(f: FichierFaits) -> Iterator[Constat]:
    """IdVer of PES_DepenseAller and PES_RecetteAller must be 2."""
    for domaine in f.domaines:
        version = domaine.entete.v("IdVer")
        if version is not None and version.strip() != "2":
            yield Constat(
                domaine.entete,
                "IdVer",
                f"la version (IdVer) du domaine {domaine.nom} est {version} ; elle doit être 2",
                "Régler le logiciel émetteur sur le protocole PES V2.",
                ref=domaine.nom,
                attendu="2",
            )


@regle("pes.pes_pj.idver", P, "pes.md §5.7, §13 ligne 3")
def version_pj(f: FichierFaits) -> Iterator[Constat]:
    """IdVer of PES_PJ must be 1."""
    if f.pes_pj is not None and f.id_ver_pj is not None and f.id_ver_pj.strip() != "1":
        yield Constat(
            f.pes_pj,
            "IdVer",
            f"la version du bloc des pièces justificatives est {f.id_ver_pj} ; elle doit être 1",
            "Régler le logiciel émetteur : le bloc PES_PJ est en version 1.",
            valeur=f.id_ver_pj,
            ref="PES_PJ",
            attendu="1",
        )


def _par_numero(f: FichierFaits) -> list[tuple[tuple[str, ...], DomaineFaits]]:
    return [
        (
            (
                b.domaine.nom,
                b.bloc.v("Exer") or "",
                (b.bloc.v("IdBord") or "").lstrip("0"),
                b.type,
            ),
            b.domaine,
        )
        for b in f.bordereaux
    ]


@regle("pes.bordereau.double", B, "pes.md §5.5 (IdBord), §13 ligne 6")
def bordereau_double(f: FichierFaits) -> Iterator[Constat]:
    """(Exer, TypBord, IdBord) is unique for a budget-collectivité, so also in one file."""
    vus: set[tuple[str, ...]] = set()
    for (cle, _), bordereau in zip(_par_numero(f), f.bordereaux, strict=True):
        if cle in vus:
            yield Constat(
                bordereau.bloc,
                "IdBord",
                f"le bordereau {cle[2]} de {cle[1]} (type {cle[3]}) est deux fois dans le fichier",
                "Retirer le doublon ou renuméroter le bordereau.",
            )
        vus.add(cle)


@regle("pes.bordereau.indistinct", A, "pes.md §10 (NumBord ne porte pas TypBord)", Confiance.INFERE)
def bordereaux_indistincts(f: FichierFaits) -> Iterator[Constat]:
    """Same Exer and IdBord, another TypBord: an acquit could not tell them apart."""
    cles = sorted({cle for cle, _ in _par_numero(f)})
    doubles = {a[:3] for a, b in pairwise(cles) if a[:3] == b[:3]}
    for (cle, _), bordereau in zip(_par_numero(f), f.bordereaux, strict=True):
        if cle[:3] in doubles:
            doubles.discard(cle[:3])
            yield Constat(
                bordereau.bloc,
                "IdBord",
                f"deux bordereaux de {cle[1]} portent le numéro {cle[2]} avec des types "
                "différents : l'acquit ne pourrait pas les distinguer",
                "Envoyer ces deux bordereaux dans deux fichiers.",
            )


REGLES: tuple[Regle[FichierFaits], ...] = (
    version_enveloppe,
    type_de_fichier,
    encodage,
    taille,
    rien_dedans,
    siret_du_budget,
    finess_juridique,
    finess_connu,
    finess_cle,
    version_domaine,
    version_pj,
    bordereau_double,
    bordereaux_indistincts,
)
