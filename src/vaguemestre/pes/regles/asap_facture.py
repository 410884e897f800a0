"""Rules of one invoice (FactureIndiv) of a PES_Facture ASAP (pes.md §5.8, §6, §8.8)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from vaguemestre.domain.identifiants import Siret
from vaguemestre.pes.faits import VIDE, Noeud, entier, vrai
from vaguemestre.pes.faits_facture import ELECTRONIQUES, PATIENTS, ROLES, FactureFaits
from vaguemestre.pes.regles import codes
from vaguemestre.pes.regles.base import A, Confiance, Constat, P, Regle, regle

_TIP_MAX = Decimal(150_000)
_FRANCE = 100
_ZERO = Decimal(0)
_CENTIME = Decimal("0.01")


@regle("pes.asap.debiteur.adresse", P, "XSD NS_Facture, Debiteur et Destinataire/Adresse")
def adresse_du_debiteur(f: FactureFaits) -> Iterator[Constat]:
    """The debtor has an address with Adr2; so has the addressee where it has an address."""
    if not f.facturation.asap:
        return
    for nom, mot in (("Debiteur", "le débiteur"), ("Destinataire", "le destinataire")):
        tiers = f.noeud.bloc(nom)
        adresse = None if tiers is None else tiers.bloc("Adresse")
        if tiers is not None and adresse is None and nom == "Debiteur":
            yield Constat(
                tiers, "", f"{mot} n'a pas d'adresse", "Renseigner l'adresse du débiteur du titre."
            )
        elif adresse is not None and not adresse.v("Adr2"):
            yield Constat(
                adresse,
                "Adr2",
                f"{mot} n'a pas de voie (Adr2) dans son adresse",
                "Renseigner le numéro et la voie.",
            )


@regle("pes.asap.debiteur.pays", P, "XSD NS_Facture, CodPays")
def pays_du_debiteur(f: FactureFaits) -> Iterator[Constat]:
    """CodPays is there when CodRes is 1; absent or 100 when it is 0."""
    if not f.facturation.asap:
        return
    for nom in ("Debiteur", "Destinataire"):
        adresse = (f.noeud.bloc(nom) or VIDE).bloc("Adresse")
        if adresse is None:
            continue
        pays, dehors = entier(adresse.v("CodPays")), vrai(adresse.v("CodRes"))
        if dehors and pays is None:
            yield Constat(
                adresse,
                "CodRes",
                "le pays d'un tiers non résident manque (CodPays)",
                "Renseigner le code pays INSEE.",
            )
        elif not dehors and pays not in (None, _FRANCE):
            yield Constat(
                adresse,
                "CodPays",
                f"le pays {pays} ne va pas avec un tiers résident",
                "Retirer CodPays, ou mettre CodRes à 1.",
            )


@regle("pes.asap.reference", P, "XSD NS_Facture, RefTitre et RefORMC ; pes.md §8.8")
def reference_du_titre(f: FactureFaits) -> Iterator[Constat]:
    """RefTitre for TypeFact 09, 10, 12; RefORMC for 11 and 13."""
    if not f.facturation.asap:
        return
    voulue, autre = ("RefORMC", "RefTitre") if f.type in ROLES else ("RefTitre", "RefORMC")
    if f.noeud.bloc(voulue) is None:
        suite = f" ; elle porte {autre}" if f.noeud.bloc(autre) is not None else ""
        yield Constat(
            f.noeud,
            "",
            f"une facture de type {f.type} désigne sa pièce par {voulue}{suite}",
            "Renseigner l'article de rôle (types 11 et 13) ou le titre (09, 10, 12).",
        )


@regle("pes.asap.reference.ligne", P, "XSD NS_Facture, NumLigne ; pes.md §8.8", si="RefTitre")
def ligne_du_titre(f: FactureFaits) -> Iterator[Constat]:
    """NumLigne of RefTitre is 1."""
    reference = f.noeud.bloc("RefTitre") or VIDE
    if f.facturation.asap and reference.v("NumLigne") and entier(reference.v("NumLigne")) != 1:
        yield Constat(
            reference,
            "NumLigne",
            f"le numéro de ligne du titre est {reference.v('NumLigne')}, 1 attendu",
            "Mettre NumLigne à 1.",
        )


@regle("pes.asap.reference.double", P, "XSD NS_Facture, NumTitre et RefORMC", si="RefTitre RefORMC")
def titre_facture_deux_fois(f: FactureFaits) -> Iterator[Constat]:
    """A titre, or an article de rôle, is invoiced once in a PES_Facture."""
    titre, article = f.noeud.bloc("RefTitre"), f.noeud.bloc("RefORMC")
    noeud = titre or article
    if noeud is None or not f.facturation.asap:
        return
    champs = ("Exercice", "NumTitre") if titre else ("Exercice", "NumRole", "NumArticle")
    cle = tuple(noeud.v(champ) for champ in champs)
    if cle in f.facturation.references:
        yield Constat(
            noeud,
            champs[-1],
            f"{'le titre' if titre else 'l article'} {cle[-1]} de {cle[0]} est déjà facturé dans "
            "ce PES_Facture".replace("l article", "l'article"),
            "Ne garder qu'une facture par titre.",
        )
    f.facturation.references.add(cle)


@regle("pes.asap.recouvrement", P, "XSD NS_Facture, ModeRecouvrement ; pes.md §8.8")
def mode_de_recouvrement(f: FactureFaits) -> Iterator[Constat]:
    """ModeRecouvrement is mandatory, and 1 (without TIP) for patients."""
    mode = f.noeud.v("ModeRecouvrement")
    if not f.facturation.asap:
        return
    if mode is None:
        yield Constat(
            f.noeud,
            "",
            "le mode de recouvrement manque",
            "Renseigner ModeRecouvrement : 0 avec TIP, 1 sans TIP.",
        )
    elif f.type == PATIENTS and not vrai(mode):
        yield Constat(
            f.noeud,
            "ModeRecouvrement",
            "une facture de patient est sans TIP",
            "Mettre ModeRecouvrement à 1.",
        )


@regle("pes.asap.tip.montant", P, "XSD NS_Facture, ModeRecouvrement ; pes.md §8.8")
def plafond_du_tip(f: FactureFaits) -> Iterator[Constat]:
    """With a TIP, MtTotalTTC is at most 150,000 euros."""
    total = f.noeud.bloc("TotalAPayer") or VIDE
    ttc, mode = total.montant("MtTotalTTC"), f.noeud.v("ModeRecouvrement")
    if f.facturation.asap and mode and not vrai(mode) and ttc is not None and ttc > _TIP_MAX:
        yield Constat(
            total,
            "MtTotalTTC",
            f"{ttc} dépasse le plafond d'un TIP ({_TIP_MAX})",
            "Editer l'avis sans TIP (ModeRecouvrement 1).",
        )


@regle(
    "pes.asap.tip.ics",
    A,
    "XSD NS_Facture, RefBdf (structure de l'ICS, dont le détail n'est pas dit)",
    Confiance.INFERE,
)
def ics_du_tip(f: FactureFaits) -> Iterator[Constat]:
    """With a TIP, RefBdf of the issuer is an ICS: country, two digits, then nine characters."""
    emetteur = f.facturation.noeud.bloc("Emetteur") or VIDE
    suppl, mode = emetteur.bloc("InfoSuppl") or VIDE, f.noeud.v("ModeRecouvrement")
    reference = suppl.v("RefBdf")
    if not f.facturation.asap or not mode or vrai(mode) or not reference:
        return
    if not codes.ICS.fullmatch(reference):
        yield Constat(
            f.noeud,
            "ModeRecouvrement",
            f"l'avis est édité avec TIP et la référence de l'émetteur « {reference} » n'est pas un "
            "ICS",
            "Mettre dans RefBdf l'ICS de la collectivité, ou éditer l'avis sans TIP.",
        )


@regle("pes.asap.electronique", P, "XSD NS_Facture, DossierFElectronique ; pes.md §8.8")
def dossier_electronique(f: FactureFaits) -> Iterator[Constat]:
    """DossierFElectronique for TypeFact 12 and 13, and for these only."""
    dossier = f.noeud.bloc("DossierFElectronique")
    if f.type in ELECTRONIQUES and dossier is None:
        yield Constat(
            f.noeud,
            "",
            f"une facture de type {f.type} porte un dossier de facture électronique",
            "Renseigner vendeur et acheteur (DossierFElectronique).",
        )
    elif dossier is not None and f.type not in ELECTRONIQUES:
        yield Constat(
            dossier,
            "",
            f"le dossier de facture électronique n'est pas admis pour le type {f.type or 'absent'}",
            "Choisir le type 12 ou 13, ou retirer le dossier.",
        )


@regle(
    "pes.asap.electronique.beneficiaire",
    P,
    "XSD NS_Facture, VendeurBeneficiaire",
    si="DossierFElectronique",
)
def second_vendeur(f: FactureFaits) -> Iterator[Constat]:
    """VendeurBeneficiaire for TypeFact 13 only."""
    dossier = f.noeud.bloc("DossierFElectronique") or VIDE
    second = dossier.bloc("VendeurBeneficiaire")
    if second is not None and f.type != "13":
        yield Constat(
            second,
            "",
            "un second vendeur n'est admis que sur un rôle électronique (type 13)",
            "Retirer le vendeur bénéficiaire.",
        )


@regle(
    "pes.asap.electronique.numeros",
    P,
    "XSD NS_Facture, IdentifiantLigneFacture",
    si="DossierFElectronique",
)
def numeros_continus(f: FactureFaits) -> Iterator[Constat]:
    """IdentifiantLigneFacture runs 1, 2, 3… without a hole nor a double over the invoice."""
    for attendu, ligne in enumerate(_lignes_electroniques(f), start=1):
        if entier(ligne.v("IdentifiantLigneFacture")) != attendu:
            yield Constat(
                ligne,
                "IdentifiantLigneFacture",
                f"la ligne électronique porte le numéro {ligne.v('IdentifiantLigneFacture')}, "
                f"{attendu} attendu",
                "Numéroter les lignes de la facture sans trou, à partir de 1.",
            )
            return


def _lignes_electroniques(f: FactureFaits) -> Iterator[Noeud]:
    dossier = f.noeud.bloc("DossierFElectronique") or VIDE
    for nom in ("VendeurGestionnaire", "VendeurBeneficiaire"):
        yield from (dossier.bloc(nom) or VIDE).tous("LigneFElectronique")


@regle(
    "pes.asap.electronique.exoneration", P, "XSD NS_Facture, MotifExoTVA", si="DossierFElectronique"
)
def motif_d_exoneration(f: FactureFaits) -> Iterator[Constat]:
    """MotifExoTVA is mandatory where CodeTypeTVA is E."""
    for ligne in _lignes_electroniques(f):
        if ligne.v("CodeTypeTVA") == "E" and not ligne.v("MotifExoTVA"):
            yield Constat(
                ligne,
                "CodeTypeTVA",
                "une ligne exonérée de TVA dit pourquoi",
                "Renseigner MotifExoTVA (référence du texte fiscal).",
            )


@regle(
    "pes.asap.electronique.siret",
    A,
    "pes.md §5.8 (IdentifiantSIRET)",
    Confiance.INFERE,
    si="DossierFElectronique",
)
def siret_des_parties(f: FactureFaits) -> Iterator[Constat]:
    """Sellers and buyer carry a right SIRET."""
    dossier = f.noeud.bloc("DossierFElectronique") or VIDE
    for partie in dossier.enfants:
        siret = partie.v("IdentifiantSIRET")
        if siret and (defaut := Siret.defaut(siret)) is not None:
            yield Constat(partie, "IdentifiantSIRET", defaut, "Recopier le SIRET de la partie.")


@regle(
    "pes.asap.electronique.montant",
    A,
    "XSD NS_Facture, LigneFElectronique/MtHT (arrondi non dit)",
    Confiance.INFERE,
    si="DossierFElectronique",
)
def montant_coherent(f: FactureFaits) -> Iterator[Constat]:
    """MtHT agrees with MtBase, or with quantities × MtUnitaire to the cent."""
    for ligne in _lignes_electroniques(f):
        ht, calcul = ligne.montant("MtHT"), _calcul(ligne)
        if ht is not None and calcul is not None and abs(ht - calcul) > _CENTIME:
            yield Constat(
                ligne,
                "MtHT",
                f"le montant HT est {ht}, le calcul de la ligne donne {calcul}",
                "Corriger la quantité, le prix ou le montant.",
            )


def _calcul(ligne: Noeud) -> Decimal | None:
    base, unitaire = ligne.montant("MtBase"), ligne.montant("MtUnitaire")
    if base is not None or unitaire is None:
        return base
    une, deux = ligne.montant("Quantite1"), ligne.montant("Quantite2")
    return None if une is None else une * unitaire * (1 if deux is None else deux)


@regle("pes.asap.patient", P, "XSD NS_Facture, DossierPatient et LigneFacture")
def dossier_de_patient(f: FactureFaits) -> Iterator[Constat]:
    """TypeFact 10 has a patient and his stay; any other type has lignes and a total."""
    patient = f.noeud.bloc("DossierPatient")
    if f.type == PATIENTS and patient is None:
        yield Constat(
            f.noeud,
            "",
            "une facture de patient (type 10) porte le dossier du patient",
            "Renseigner DossierPatient et LigneFacturePatient à la place des lignes.",
        )
    elif patient is not None and f.type != PATIENTS:
        yield Constat(
            patient,
            "",
            f"le dossier de patient n'est pas admis pour le type {f.type or 'absent'}",
            "Choisir le type 10, ou donner les lignes de la facture.",
        )


@regle("pes.asap.unite", P, "XSD NS_Facture, Unite2", si="LigneFacture")
def unite_sans_quantite(f: FactureFaits) -> Iterator[Constat]:
    """Unite2 needs Quantite2 (Unite1 without Quantite is for the schema)."""
    for ligne in f.noeud.tous("LigneFacture"):
        if f.facturation.asap and ligne.v("Unite2") and not ligne.v("Quantite2"):
            yield Constat(
                ligne,
                "Unite2",
                "une seconde unité est donnée sans seconde quantité",
                "Renseigner Quantite2, ou retirer Unite2.",
            )


@regle("pes.asap.ligne.ttc", A, "pes.md §5.8 (MtTTC)", Confiance.INFERE, si="LigneFacture")
def ttc_de_la_ligne(f: FactureFaits) -> Iterator[Constat]:
    """MtTTC is MtHT + MtTVA."""
    for ligne in f.noeud.tous("LigneFacture"):
        ht, tva, ttc = (ligne.montant(nom) for nom in ("MtHT", "MtTVA", "MtTTC"))
        if ht is not None and tva is not None and ttc is not None and ttc != ht + tva:
            yield Constat(
                ligne,
                "MtTTC",
                f"le TTC de la ligne est {ttc} ; HT et TVA font {ht + tva}",
                "Corriger le montant de la ligne.",
            )


@regle("pes.asap.total", A, "pes.md §5.8 (TotalAPayer)", Confiance.INFERE, si="TotalAPayer")
def total_des_lignes(f: FactureFaits) -> Iterator[Constat]:
    """MtTotalTTC is the sum of the lignes, rebates (written as positive) taken off."""
    total, somme = f.noeud.bloc("TotalAPayer") or VIDE, _ZERO
    annonce = total.montant("MtTotalTTC")
    for ligne in f.noeud.tous("LigneFacture"):
        ttc = ligne.montant("MtTTC")
        if ttc is None:
            return
        somme += -ttc if "MtRemise" in ligne.valeurs else ttc
    if annonce is not None and annonce != somme:
        yield Constat(
            total,
            "MtTotalTTC",
            f"le total à payer est {annonce}, les lignes font {somme}",
            "Corriger le total ou les lignes.",
        )


REGLES: tuple[Regle[FactureFaits], ...] = (
    adresse_du_debiteur,
    pays_du_debiteur,
    reference_du_titre,
    ligne_du_titre,
    titre_facture_deux_fois,
    mode_de_recouvrement,
    plafond_du_tip,
    ics_du_tip,
    dossier_electronique,
    second_vendeur,
    numeros_continus,
    motif_d_exoneration,
    siret_des_parties,
    montant_coherent,
    dossier_de_patient,
    unite_sans_quantite,
    ttc_de_la_ligne,
    total_des_lignes,
)
