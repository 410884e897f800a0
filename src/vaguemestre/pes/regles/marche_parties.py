"""Rules of who carries out a marché and of its changes (official notes of NS_Marche, 5.17)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from vaguemestre.domain.identifiants import Iban, Siret, defaut_rib
from vaguemestre.pes.faits import VIDE, Noeud, entier
from vaguemestre.pes.faits_facture import ContratFaits
from vaguemestre.pes.regles.base import A, B, Confiance, Constat, F, Regle, regle
from vaguemestre.pes.regles.marche import GROUPEMENTS, TEXTE_LU

_SIRET = "01"
_PERSONNE = "01"
_AVANCES = frozenset({"02", "03", "04"})
_GARANTIES = frozenset({"02", "03", "04"})
_RIB = ("CodeEtab", "CodeGuic", "IdCpte", "CleRib")
_VERSION = "2"
_iban = lru_cache(1024)(Iban.defaut)


def _parties(c: ContratFaits) -> Iterator[Noeud]:
    """Holders and subcontractors paid directly."""
    operateurs = c.noeud.bloc("Operateurs") or VIDE
    yield from operateurs.tous("Titulaire")
    yield from operateurs.tous("SousTraitantPaiementDirect")


def _conditions(partie: Noeud) -> Noeud:
    return partie.bloc("ConditionsExecutionTitulaire") or VIDE


@regle("pes.marche.idver", F, "XSD NS_Marche 5.17, IdVer ; pes.md §13 ligne 3", jusqu_a=TEXTE_LU)
def version(c: ContratFaits) -> Iterator[Constat]:
    """IdVer of PES_Marche is 2; told at its first contract."""
    lue = c.entete.v("IdVer") if c.premier else None
    if lue is not None and lue.strip() != _VERSION:
        yield Constat(
            c.entete,
            "IdVer",
            f"la version (IdVer) du domaine des marchés est {lue} ; elle doit être {_VERSION}",
            "Régler le logiciel émetteur sur le protocole PES V2.",
            ref="PES_Marche",
            attendu=_VERSION,
        )


@regle(
    "pes.marche.sequence", B, "XSD NS_Marche 5.17, SequenceEnvoi (deux contrats)", jusqu_a=TEXTE_LU
)
def premier_envoi_correctif(c: ContratFaits) -> Iterator[Constat]:
    """The first sequence of a contract is not a correction: there is nothing to correct yet."""
    identifiant = c.identifiant
    correctif = identifiant.v("CaractereCorrectifEnregistrement") in {"1", "true"}
    if correctif and entier(identifiant.v("SequenceEnvoi")) == 1:
        yield Constat(
            identifiant,
            "CaractereCorrectifEnregistrement",
            "le premier envoi d'un contrat (séquence 1) ne peut pas être un correctif",
            "Mettre CaractereCorrectifEnregistrement à 0, ou donner la séquence suivante.",
        )


@regle("pes.marche.titulaire.siret", B, "XSD NS_Marche 5.17, IdTitulaire", jusqu_a=TEXTE_LU)
def siret_des_titulaires(c: ContratFaits) -> Iterator[Constat]:
    """A holder or subcontractor known by SIRET has a right one."""
    for partie in _parties(c):
        suffixe = "Titulaire" if partie.nom == "Titulaire" else "SousTraitant"
        siret = partie.v(f"Id{suffixe}")
        if partie.v(f"NatId{suffixe}") != _SIRET or not siret:
            continue
        if (defaut := Siret.defaut(siret)) is not None:
            yield Constat(partie, f"Id{suffixe}", defaut, "Recopier le SIRET de l'entreprise.")


@regle("pes.marche.titulaire.personne", A, "XSD NS_Marche 5.17, Civilite et Prenom (effet non dit)")
def personne_physique(c: ContratFaits) -> Iterator[Constat]:
    """Civilite and Prenom of a natural person (CatTiers 01) are there."""
    for partie in _parties(c):
        manque = [champ for champ in ("Civilite", "Prenom") if not partie.v(champ)]
        if partie.v("CatTiers") == _PERSONNE and manque:
            yield Constat(
                partie,
                "CatTiers",
                f"il manque à une personne physique : {', '.join(manque)}",
                "Renseigner la civilité et le prénom, ou corriger la catégorie du tiers.",
            )


@regle("pes.marche.titulaire.compte", B, "XSD NS_Marche 5.17, CpteBancaire", jusqu_a=TEXTE_LU)
def compte_des_parties(c: ContratFaits) -> Iterator[Constat]:
    """The IBAN or RIB of a holder or subcontractor is right."""
    for partie in _parties(c):
        compte = partie.bloc("CpteBancaire")
        if compte is None:
            continue
        ecart = _iban(iban) if (iban := compte.v("IBAN")) else None
        if "CodeEtab" in compte.valeurs:
            etablissement, guichet, numero, cle = (compte.v(champ) or "" for champ in _RIB)
            ecart = defaut_rib(etablissement, guichet, numero, cle)
        if ecart is not None:
            champ = "IBAN" if iban else "CleRib"
            yield Constat(compte, champ, ecart, "Recopier le relevé d'identité bancaire.")


@regle("pes.marche.avance", A, "XSD NS_Marche 5.17, RegimeAvance (effet non dit)")
def regime_d_avance(c: ContratFaits) -> Iterator[Constat]:
    """An advance has its régime (not « aucune » nor « refusée »), its guarantee has its kind."""
    for partie in _parties(c):
        conditions = _conditions(partie)
        for montant, type_, permis, mot in (
            ("MontantAvance", "RegimeAvance", _AVANCES, "le régime"),
            ("MontantGarantieAvance", "TypeGarantieAvance", _GARANTIES, "le type de garantie"),
        ):
            if conditions.montant(montant) and conditions.v(type_) not in permis:
                yield Constat(
                    conditions,
                    montant,
                    f"un montant d'avance est donné et {mot} n'en admet pas ({type_})",
                    f"Renseigner {type_}, ou retirer {montant}.",
                )


@regle("pes.marche.garantie", A, "XSD NS_Marche 5.17, DelaiGarantie (effet non dit)")
def delai_de_garantie(c: ContratFaits) -> Iterator[Constat]:
    """DelaiGarantie is there as soon as a holder has a guarantee."""
    garanties = [p for p in _parties(c) if _conditions(p).bloc("Garantie") is not None]
    if garanties and not c.noeud.v("DelaiGarantie"):
        yield Constat(
            c.noeud,
            "",
            "un titulaire a une garantie et le délai de garantie du marché manque",
            "Renseigner DelaiGarantie, en mois.",
        )


@regle(
    "pes.marche.soustraitance",
    B,
    "XSD NS_Marche 5.17, NumeroActeSousTraitance",
    si="Operateurs",
    jusqu_a=TEXTE_LU,
)
def acte_de_sous_traitance(c: ContratFaits) -> Iterator[Constat]:
    """NumeroActeSousTraitance stands for one subcontractor of the marché only."""
    vus: set[str] = set()
    for partie in (c.noeud.bloc("Operateurs") or VIDE).tous("SousTraitantPaiementDirect"):
        acte = partie.v("NumeroActeSousTraitance") or ""
        if acte and acte in vus:
            yield Constat(
                partie,
                "NumeroActeSousTraitance",
                f"l'acte de sous-traitance {acte} vise deux sous-traitants",
                "Donner à chaque sous-traitant son numéro d'acte spécial.",
            )
        vus.add(acte)


@regle(
    "pes.marche.ventilation.montant",
    B,
    "XSD NS_Marche 5.17, VentilationAcheteur/MontantHTNotifie et MontantTVANotifie",
    si="VentilationsAcheteurs",
    jusqu_a=TEXTE_LU,
)
def parts_des_titulaires(c: ContratFaits) -> Iterator[Constat]:
    """What a buyer was notified is the sum for holders and subcontractors under him."""
    for part in (c.noeud.bloc("VentilationsAcheteurs") or VIDE).enfants:
        for champ in ("MontantHTNotifie", "MontantTVANotifie"):
            annonce, somme = part.montant(champ), _somme(part, champ)
            if annonce is not None and somme is not None and annonce != somme:
                yield Constat(
                    part,
                    champ,
                    f"l'acheteur a {annonce} ({champ}), ses titulaires et sous-traitants {somme}",
                    "Corriger la part de l'acheteur ou celles des titulaires.",
                    attendu=str(somme),
                )


def _somme(part: Noeud, champ: str) -> Decimal | None:
    """None as soon as one amount is missing."""
    total = Decimal(0)
    for titulaire in (part.bloc("VentilationsTitulaire") or VIDE).enfants:
        sous = titulaire.bloc("VentilationsSousTraitantPaiementDirect") or VIDE
        for noeud in (titulaire, *sous.enfants):
            montant = noeud.montant(champ)
            if montant is None and not (noeud is not titulaire and champ == "MontantTVANotifie"):
                return None
            total += montant or 0
    return total


@regle(
    "pes.marche.modification.groupement",
    B,
    "XSD NS_Marche 5.17, ModificationTitulaire/NbEntreprisesGroupees",
    si="ModificationsMarche",
    jusqu_a=TEXTE_LU,
)
def groupement_modifie(c: ContratFaits) -> Iterator[Constat]:
    """After a change of holder: NbEntreprisesGroupees above 0 if, and only if, there is a group."""
    modifications = c.noeud.bloc("ModificationsMarche") or VIDE
    for modification in modifications.tous("ModificationTitulaire"):
        groupe = modification.v("TypeGroupement") in GROUPEMENTS
        if groupe != bool(entier(modification.v("NbEntreprisesGroupees"))):
            yield Constat(
                modification,
                "TypeGroupement" if groupe else "NbEntreprisesGroupees",
                "le nombre d'entreprises groupées va avec un groupement solidaire ou conjoint",
                "Renseigner le type de groupement (02, 03) et le nombre d'entreprises, ou aucun.",
            )


@regle(
    "pes.marche.modification.montant",
    A,
    "XSD NS_Marche 5.17, ModificationMontantDuree (« actualisé »)",
    Confiance.INFERE,
    si="ModificationsMarche",
)
def marche_actualise(c: ContratFaits) -> Iterator[Constat]:
    """The marché carries the amounts and the duration that its last change gives."""
    changements = list(
        (c.noeud.bloc("ModificationsMarche") or VIDE).tous("ModificationMontantDuree")
    )
    for champ in ("MontantHTNotifie", "MontantHTEstime", "DureeEnMois"):
        dits = [m for m in changements if m.v(champ)]
        if dits and c.noeud.v(champ) and c.noeud.montant(champ) != dits[-1].montant(champ):
            yield Constat(
                c.noeud,
                champ,
                f"la dernière modification porte {champ} à {dits[-1].v(champ)} et le marché "
                f"annonce {c.noeud.v(champ)}",
                "Envoyer le marché actualisé par sa modification.",
                attendu=dits[-1].v(champ) or "",
            )


REGLES_COMMUNES: tuple[Regle[ContratFaits], ...] = (version, premier_envoi_correctif)
REGLES: tuple[Regle[ContratFaits], ...] = (
    siret_des_titulaires,
    personne_physique,
    compte_des_parties,
    regime_d_avance,
    delai_de_garantie,
    acte_de_sous_traitance,
    parts_des_titulaires,
    groupement_modifie,
    marche_actualise,
)
