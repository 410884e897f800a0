"""Rules of a marché sent in PES_Marche (official notes of NS_Marche, 5.17; pes.md §5.4 for links).

« Rejet du marché » refuses that marché alone, as a bordereau is refused; what the notes do not
state is inferred from the names, and only warns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vaguemestre.domain.identifiants import Siret
from vaguemestre.pes.faits import VIDE, Noeud, entier
from vaguemestre.pes.faits_facture import ContratFaits
from vaguemestre.pes.regles.base import A, B, Confiance, Constat, Regle, regle

# Of the domain nothing was found after it (pes.md §14): under a later schema its rules only warn.
TEXTE_LU = "5.17"
_ACCORD_CADRE = "04"
_SUBSEQUENT = "05"
GROUPEMENTS = frozenset({"02", "03"})


def _acheteurs(c: ContratFaits) -> list[Noeud]:
    return list((c.noeud.bloc("Acheteurs") or VIDE).tous("Acheteur"))


def _conditions(c: ContratFaits) -> Noeud:
    return c.noeud.bloc("ConditionsExecution") or VIDE


@regle(
    "pes.marche.acheteur.double",
    B,
    "XSD NS_Marche 5.17, IdAcheteur",
    si="Acheteurs",
    jusqu_a=TEXTE_LU,
)
def acheteur_double(c: ContratFaits) -> Iterator[Constat]:
    """A SIRET stands once in the list of buyers."""
    vus: set[str] = set()
    for acheteur in _acheteurs(c):
        siret = acheteur.v("IdAcheteur") or ""
        if siret and siret in vus:
            yield Constat(
                acheteur,
                "IdAcheteur",
                f"l'acheteur {siret} est deux fois dans le marché",
                "Ne garder qu'un acheteur par SIRET.",
            )
        vus.add(siret)


@regle("pes.marche.acheteur.siret", A, "XSD NS_Marche 5.17 (SIRET)", Confiance.INFERE)
def siret_des_acheteurs(c: ContratFaits) -> Iterator[Constat]:
    """Buyers and the pouvoir adjudicateur carry a right SIRET."""
    parties = [(acheteur, "IdAcheteur") for acheteur in _acheteurs(c)]
    if (pouvoir := c.noeud.bloc("PA")) is not None:
        parties.append((pouvoir, "IdPA"))
    for noeud, champ in parties:
        siret = noeud.v(champ)
        if siret and (defaut := Siret.defaut(siret)) is not None:
            yield Constat(noeud, champ, defaut, "Recopier le SIRET de l'acheteur.")


@regle(
    "pes.marche.acheteur.somme",
    B,
    "XSD NS_Marche 5.17, Acheteur/MontantHTEstime",
    si="Acheteurs",
    jusqu_a=TEXTE_LU,
)
def somme_des_acheteurs(c: ContratFaits) -> Iterator[Constat]:
    """The estimated amounts of the buyers add up to that of the marché."""
    estime = c.noeud.montant("MontantHTEstime")
    parts = [acheteur.montant("MontantHTEstime") for acheteur in _acheteurs(c)]
    connues = [part for part in parts if part is not None]
    if estime is None or not connues or len(connues) != len(parts):
        return
    if sum(connues) != estime:
        yield Constat(
            c.noeud,
            "MontantHTEstime",
            f"le montant estimé du marché est {estime}, ceux des acheteurs font {sum(connues)}",
            "Corriger le montant estimé du marché ou celui d'un acheteur.",
        )


@regle(
    "pes.marche.montant",
    B,
    "XSD NS_Marche 5.17, MontantHTEstime",
    si="MontantHTEstime",
    jusqu_a=TEXTE_LU,
)
def estime_et_notifie(c: ContratFaits) -> Iterator[Constat]:
    """MontantHTEstime is at least MontantHTNotifie."""
    estime, notifie = c.noeud.montant("MontantHTEstime"), c.noeud.montant("MontantHTNotifie")
    if estime is not None and notifie is not None and estime < notifie:
        yield Constat(
            c.noeud,
            "MontantHTEstime",
            f"le montant estimé ({estime}) est inférieur au montant notifié ({notifie})",
            "Corriger l'un des deux montants, ou retirer le montant estimé.",
        )


@regle(
    "pes.marche.subsequent",
    B,
    "XSD NS_Marche 5.17, IdAccordCadre et SiretPAAccordCadre",
    jusqu_a=TEXTE_LU,
)
def accord_cadre_du_subsequent(c: ContratFaits) -> Iterator[Constat]:
    """A marché subséquent (05) names its accord-cadre and who concluded it."""
    if c.noeud.v("NatureMarche") != _SUBSEQUENT:
        return
    for champ in ("IdAccordCadre", "SiretPAAccordCadre"):
        if not _conditions(c).v(champ):
            yield Constat(
                c.noeud,
                "NatureMarche",
                f"un marché subséquent porte {champ}",
                "Renseigner le numéro de l'accord-cadre et le SIRET de son pouvoir adjudicateur.",
            )


@regle("pes.marche.subsequent.numero", B, "XSD NS_Marche 5.17, SequenceEnvoi", jusqu_a=TEXTE_LU)
def numero_du_subsequent(c: ContratFaits) -> Iterator[Constat]:
    """A marché subséquent has not the number of its accord-cadre, in sequences 1 and 2."""
    identifiant, accord = c.noeud.bloc("IdentifiantMarche") or VIDE, _conditions(c)
    numero = identifiant.v("IdContrat")
    tot = entier(identifiant.v("SequenceEnvoi")) in (1, 2)
    if c.noeud.v("NatureMarche") == _SUBSEQUENT and tot and numero == accord.v("IdAccordCadre"):
        yield Constat(
            identifiant,
            "IdContrat",
            f"le marché subséquent a le numéro de son accord-cadre ({numero})",
            "Donner au marché subséquent un numéro qui lui soit propre.",
        )


@regle(
    "pes.marche.operateurs",
    B,
    "XSD NS_Marche 5.17, Operateurs et VentilationsAcheteurs",
    jusqu_a=TEXTE_LU,
)
def blocs_exiges(c: ContratFaits) -> Iterator[Constat]:
    """Operateurs and VentilationsAcheteurs are mandatory, but for nature 04."""
    if c.noeud.v("NatureMarche") == _ACCORD_CADRE:
        return
    for bloc, mot in (
        ("Operateurs", "les titulaires"),
        ("VentilationsAcheteurs", "la ventilation par acheteur"),
    ):
        if c.noeud.bloc(bloc) is None:
            yield Constat(
                c.noeud,
                "",
                f"le marché ne donne pas {mot} ({bloc})",
                f"Renseigner {bloc} ; seul un accord-cadre (nature 04) s'en passe.",
            )


@regle(
    "pes.marche.ventilation",
    B,
    "XSD NS_Marche 5.17, VentilationMontant",
    si="VentilationsAcheteurs",
    jusqu_a=TEXTE_LU,
)
def acheteur_ventile(c: ContratFaits) -> Iterator[Constat]:
    """Whoever gets a share is among the buyers."""
    connus = {acheteur.v("IdAcheteur") for acheteur in _acheteurs(c)}
    ventilations = c.noeud.bloc("VentilationsAcheteurs") or VIDE
    for part in ventilations.enfants:
        siret = part.v("IdAcheteur")
        if siret and siret not in connus:
            yield Constat(
                part,
                "IdAcheteur",
                f"{siret} reçoit une part du marché sans être parmi ses acheteurs",
                "Ajouter cet acheteur au marché, ou corriger la ventilation.",
            )


@regle("pes.marche.groupement", A, "XSD NS_Marche 5.17, NbEntreprisesGroupees", Confiance.INFERE)
def groupement(c: ContratFaits) -> Iterator[Constat]:
    """NbEntreprisesGroupees goes with a solidary or joint grouping (02, 03)."""
    conditions = _conditions(c)
    groupe = conditions.v("TypeGroupement") in GROUPEMENTS
    if groupe != bool(entier(conditions.v("NbEntreprisesGroupees"))) and conditions is not VIDE:
        yield Constat(
            conditions,
            "TypeGroupement" if groupe else "NbEntreprisesGroupees",
            "le nombre d'entreprises groupées va avec un groupement solidaire ou conjoint",
            "Renseigner le type de groupement (02 ou 03) et le nombre d'entreprises, ou aucun.",
        )


@regle("pes.marche.propositions", A, "XSD NS_Marche 5.17, NbTotalPropositionsDemat")
def propositions(c: ContratFaits) -> Iterator[Constat]:
    """There are no more electronic bids than bids."""
    conditions = _conditions(c)
    demat = entier(conditions.v("NbTotalPropositionsDemat"))
    total = entier(conditions.v("NbTotalPropositionsRecu"))
    if demat is not None and total is not None and demat > total:
        yield Constat(
            conditions,
            "NbTotalPropositionsDemat",
            f"{demat} propositions dématérialisées pour {total} propositions reçues",
            "Corriger l'un des deux nombres.",
        )


# An event, the one it may not precede, and how a clerk calls both.
_ORDRE = (
    ("DateNotification", "DateSignature", "notifié", "signé"),
    ("DateDebutExecution", "DateDebutMarche", "exécuté", "commencé"),
    ("DatePublicationDonnees", "DateNotification", "publié", "notifié"),
)


@regle("pes.marche.dates", A, "XSD NS_Marche 5.17 (dates)", Confiance.INFERE)
def dates_dans_l_ordre(c: ContratFaits) -> Iterator[Constat]:
    """Signed, then notified, then published; begun, then carried out."""
    yield from avant_l_heure(c, "le marché", _ORDRE)


def avant_l_heure(
    c: ContratFaits, sujet: str, ordre: Sequence[tuple[str, str, str, str]]
) -> Iterator[Constat]:
    """Dates that stand before those they must follow."""
    for apres, avant, fait, deja in ordre:
        jour, borne = c.noeud.date(apres), c.noeud.date(avant)
        if jour is not None and borne is not None and jour < borne:
            yield Constat(
                c.noeud,
                apres,
                f"{sujet} est {fait} le {jour:%d/%m/%Y}, avant d'être {deja} le {borne:%d/%m/%Y}",
                "Corriger l'une des deux dates.",
            )


@regle("pes.marche.duree", A, "XSD NS_Marche 5.17 (durées)", Confiance.INFERE)
def durees(c: ContratFaits) -> Iterator[Constat]:
    """DureeEnMois is at most DureeEnMoisMaximumPossible."""
    duree, borne = (
        entier(c.noeud.v(champ)) for champ in ("DureeEnMois", "DureeEnMoisMaximumPossible")
    )
    if duree is not None and borne is not None and duree > borne:
        yield Constat(
            c.noeud,
            "DureeEnMois",
            f"la durée ({duree} mois) dépasse la durée maximum ({borne} mois)",
            "Corriger l'une des deux durées.",
        )


REGLES: tuple[Regle[ContratFaits], ...] = (
    acheteur_double,
    siret_des_acheteurs,
    somme_des_acheteurs,
    estime_et_notifie,
    accord_cadre_du_subsequent,
    numero_du_subsequent,
    blocs_exiges,
    acheteur_ventile,
    groupement,
    propositions,
    dates_dans_l_ordre,
    durees,
)
