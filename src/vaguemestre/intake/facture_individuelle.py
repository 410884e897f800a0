"""The rows of one invoice, with the titre it is about, to a FactureIndividuelle (pes.md §5.8).

What is not said is taken from the titre, then from the configuration; a keyed optical line is
copied as the issuing software gives it, never computed (pes.md §14: no official method).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from vaguemestre.config.sections import Asap, Collectivite
from vaguemestre.domain.asap import (
    ELECTRONIQUES,
    PATIENTS,
    ROLES,
    Acheteur,
    AssureSocial,
    DossierElectronique,
    FactureIndividuelle,
    LigneElectronique,
    LigneFacture,
    LignePatient,
    Patient,
    Prestation,
    Prix,
    RefOrmc,
    RefTitre,
    Talon,
    Total,
    Vendeur,
)
from vaguemestre.domain.comptable import Bordereau, Tiers, Titre
from vaguemestre.intake.colonnes import par_nom
from vaguemestre.intake.constats import Constats
from vaguemestre.intake.facture_parties import debiteur, destinataire
from vaguemestre.intake.lecture import Valeurs, manque

_ZERO = Decimal(0)
_CADRE = "S1"
_BENEFICIAIRE = "2"
_PATIENT = ("patient_dossier", "restant_du")
_ACHETEUR = ("acheteur_raison_sociale", "acheteur_siret", "acheteur_adresse_electronique")


@dataclass(frozen=True, slots=True)
class Visee:
    """The titre that an invoice is about, in its bordereau."""

    bordereau: Bordereau
    titre: Titre

    @property
    def debiteur(self) -> Tiers | None:
        """The one principal debtor (TypTiers 01), or the only debtor there is."""
        tous = [tiers for ligne in self.titre.lignes for tiers in ligne.tiers]
        return next((un for un in tous if un.type == "01"), tous[0] if tous else None)


@dataclass(frozen=True, slots=True)
class Fabrication:
    """Makes invoices one by one; what lacks for one of them is a finding."""

    collectivite: Collectivite
    constats: Constats

    def facture(
        self, rangees: Sequence[Valeurs], visee: Visee, type_: str
    ) -> FactureIndividuelle | None:
        """The invoice, or None with its findings; `rangees` in the order of the table."""
        v, tiers, asap = rangees[0], visee.debiteur, self.collectivite.asap
        complete = self._complete(rangees, visee, type_)
        if asap is None or tiers is None or not complete or any(r.fautives for r in rangees):
            return None
        tip = v.vrai("avec_tip")
        avec_tip = type_ != PATIENTS and (asap.avec_tip if tip is None else tip)
        lignes = () if type_ == PATIENTS else tuple(_lignes(rangees))
        return FactureIndividuelle(
            date_emission=visee.bordereau.date_emission,
            numero=_numero(v, visee),
            debiteur=debiteur(tiers, avec_compte=avec_tip),
            destinataire=destinataire(v, tiers),
            objet=v.texte("objet") or visee.titre.objet or "",
            lignes=lignes,
            total=_total(lignes) if lignes else None,
            electronique=self._dossier(rangees, visee) if type_ in ELECTRONIQUES else None,
            patient=_patient(v) if type_ == PATIENTS else None,
            sejour=_sejour(v) if type_ == PATIENTS else None,
            titre=None if type_ in ROLES else _ref_titre(visee),
            article=_ref_ormc(visee) if type_ in ROLES else None,
            talon=_talon(v),
            modalites_reglement=v.texte("modalites_reglement") or asap.modalites_reglement,
            modalites_contestation=v.texte("modalites_contestation")
            or asap.modalites_contestation
            or None,
            sans_tip=not avec_tip,
            conditions=v.texte("conditions") or asap.conditions,
        )

    def _complete(self, rangees: Sequence[Valeurs], visee: Visee, type_: str) -> bool:
        """Everything that this type of invoice needs; what lacks is noted."""
        v, bon = rangees[0], True
        if visee.debiteur is None:
            bon = self._defaut(v, "titre", "le titre de cette facture n'a pas de débiteur")
        if not (v.texte("objet") or visee.titre.objet):
            bon = self._defaut(v, "objet", "ni la facture ni son titre n'ont d'objet")
        if type_ in ROLES and not (visee.titre.article and visee.titre.article.dette):
            bon = self._defaut(v, "titre", "l'article de rôle n'a pas de numéro de dette (dette)")
        exigees: tuple[str, ...] = ()
        if type_ == PATIENTS:
            exigees = (*_PATIENT, "date_debut")
        elif type_ in ELECTRONIQUES:
            exigees = _ACHETEUR
        bon = self._exiger(v, exigees) and bon
        for rangee in rangees if type_ != PATIENTS else ():
            bon = self._ligne_complete(rangee) and bon
        return bon

    def _ligne_complete(self, rangee: Valeurs) -> bool:
        bon = self._exiger(rangee, ("montant_ht",))
        if (rangee.jour("date") is None) == (rangee.jour("date_debut") is None):
            bon = self._defaut(rangee, "date", "donner date, ou date_debut et date_fin")
        prix = ("quantite", "montant_base", "montant_remise")
        if sum(rangee.montant(champ) is not None for champ in prix) > 1:
            bon = self._defaut(
                rangee, "quantite", "quantite, montant_base et montant_remise s'excluent"
            )
        return bon

    def _exiger(self, rangee: Valeurs, colonnes: tuple[str, ...]) -> bool:
        connues = par_nom("factures")
        vides = [c for c in colonnes if c not in rangee.lues and c not in rangee.fautives]
        for nom in vides:
            manque_ici = connues[nom]
            rangee.fautives.add(nom)
            if rangee.rangee.rangs and nom not in rangee.rangee.rangs:
                self._defaut(rangee, nom, f"la colonne {nom} manque ({manque_ici.libelle})")
            else:
                manque(rangee, manque_ici, "factures", self.constats)
        return not vides

    def _defaut(self, rangee: Valeurs, colonne: str, message: str) -> bool:
        self.constats.noter(
            rangee.rangee.anomalie(
                "factures",
                "depot.facture.incomplete",
                colonne,
                message,
                "Compléter factures ou titres ; « vaguemestre help depot » décrit les colonnes.",
            )
        )
        return False

    def _dossier(self, rangees: Sequence[Valeurs], visee: Visee) -> DossierElectronique:
        v, asap = rangees[0], self.collectivite.asap
        siennes = [r for r in rangees if r.texte("vendeur") != _BENEFICIAIRE]
        autres = [r for r in rangees if r.texte("vendeur") == _BENEFICIAIRE]
        return DossierElectronique(
            vendeur=_vendeur(self.collectivite, asap, siennes, visee),
            beneficiaire=_second_vendeur(v, autres, len(siennes)),
            acheteur=Acheteur(
                raison_sociale=v.texte("acheteur_raison_sociale") or "",
                siret=v.texte("acheteur_siret") or "",
                adresse_electronique=v.texte("acheteur_adresse_electronique") or "",
                nom=v.texte("acheteur_nom"),
                reference=v.texte("acheteur_reference"),
                bon_commande=v.texte("acheteur_commande"),
            ),
        )


def _numero(v: Valeurs, visee: Visee) -> str:
    donne = v.texte("numero_facture") or visee.titre.numero_facture
    bordereau = visee.bordereau
    return donne or f"{bordereau.exercice}-{bordereau.numero}-{visee.titre.numero}"


def _prestation(v: Valeurs) -> Prestation:
    return Prestation(jour=v.jour("date"), debut=v.jour("date_debut"), fin=v.jour("date_fin"))


def _prix(v: Valeurs) -> Prix:
    """As given; a ligne without quantity nor rebate costs its base."""
    quantite, remise = v.montant("quantite"), v.montant("montant_remise")
    base = v.montant("montant_base")
    if quantite is None and remise is None and base is None:
        base = v.montant("montant_ht")
    return Prix(
        quantite=quantite,
        unite=v.texte("unite"),
        quantite_2=v.montant("quantite_2"),
        unite_2=v.texte("unite_2"),
        unitaire=v.montant("prix_unitaire"),
        base=base,
        remise=remise,
    )


def _lignes(rangees: Sequence[Valeurs]) -> list[LigneFacture]:
    return [
        LigneFacture(
            prestation=_prestation(v),
            libelle=v.texte("libelle") or "",
            prix=_prix(v),
            montant_ht=(ht := v.montant("montant_ht") or _ZERO),
            taux_tva=v.montant("taux_tva") or _ZERO,
            montant_tva=(tva := v.montant("montant_tva") or _ZERO),
            montant_ttc=ht + tva,
            ordre=rang,
        )
        for rang, v in enumerate(rangees, start=1)
    ]


def _total(lignes: Sequence[LigneFacture]) -> Total:
    """The sum of the lignes, rebates (written as positive) taken off."""
    signes = [(-1 if ligne.prix.remise is not None else 1, ligne) for ligne in lignes]
    return Total(
        ht=sum((signe * ligne.montant_ht for signe, ligne in signes), _ZERO),
        tva=sum((signe * ligne.montant_tva for signe, ligne in signes), _ZERO),
        ttc=sum((signe * ligne.montant_ttc for signe, ligne in signes), _ZERO),
    )


def _electroniques(rangees: Sequence[Valeurs], debut: int) -> tuple[LigneElectronique, ...]:
    """Numbered without a hole over the whole invoice."""
    return tuple(
        LigneElectronique(
            prestation=_prestation(v),
            prix=_prix(v),
            numero=numero,
            libelle=v.texte("libelle") or "",
            montant_ht=v.montant("montant_ht") or _ZERO,
            code_tva=v.texte("code_tva") or ("S" if v.montant("montant_tva") else "O"),
            taux_tva=v.montant("taux_tva") or _ZERO,
            motif=v.texte("motif_exoneration"),
        )
        for numero, v in enumerate(rangees, start=debut + 1)
    )


def _vendeur(
    collectivite: Collectivite, asap: Asap | None, rangees: Sequence[Valeurs], visee: Visee
) -> Vendeur:
    return Vendeur(
        raison_sociale=(asap.raison_sociale if asap else "") or collectivite.nom,
        siret=collectivite.siret,
        nom=(asap.nom if asap else "") or collectivite.nom,
        adresse_electronique=(asap.adresse_electronique if asap else "") or collectivite.siret,
        cadre=visee.titre.cadre_facturation or _CADRE,
        lignes=_electroniques(rangees, 0),
    )


def _second_vendeur(v: Valeurs, rangees: Sequence[Valeurs], debut: int) -> Vendeur | None:
    raison = v.texte("beneficiaire_raison_sociale")
    if raison is None:
        return None
    return Vendeur(
        raison_sociale=raison,
        siret=v.texte("beneficiaire_siret") or "",
        nom=v.texte("beneficiaire_nom") or "",
        cadre=v.texte("beneficiaire_cadre") or "",
        lignes=_electroniques(rangees, debut),
    )


def _ref_titre(visee: Visee) -> RefTitre:
    bordereau = visee.bordereau
    return RefTitre(
        exercice=bordereau.exercice, bordereau=bordereau.numero, titre=visee.titre.numero
    )


def _ref_ormc(visee: Visee) -> RefOrmc:
    bordereau, titre = visee.bordereau, visee.titre
    article = titre.article
    return RefOrmc(
        exercice=bordereau.exercice,
        role=bordereau.numero,
        article=titre.numero,
        dette=(article.dette if article else None) or 0,
        periode=(article.periode if article else None) or "",
        code_produit=(titre.lignes[0].code_produit or "")[:2],
    )


def _talon(v: Valeurs) -> Talon | None:
    une, deux = v.texte("talon_1"), v.texte("talon_2")
    return None if une is None or deux is None else Talon(ligne1=une, ligne2=deux)


def _patient(v: Valeurs) -> Patient:
    assure, nir = v.texte("assure_nom"), v.texte("assure_nir")
    return Patient(
        dossier=v.texte("patient_dossier") or "",
        numero=v.texte("patient_numero"),
        nom=v.texte("patient_nom") or "",
        prenom=v.texte("patient_prenom"),
        naissance=v.jour("patient_naissance"),
        nir=v.texte("patient_nir"),
        risque=v.texte("patient_risque"),
        assure=AssureSocial(nom=assure, prenom=v.texte("assure_prenom"), nir=nir)
        if assure and nir
        else None,
        etablissement=v.texte("hopital_nom") or "",
        finess_juridique=v.texte("hopital_finess_juridique") or "",
        finess_geographique=v.texte("hopital_finess_geographique") or "",
        siret=v.texte("hopital_siret") or "",
    )


def _sejour(v: Valeurs) -> LignePatient | None:
    debut, fin = v.jour("date_debut"), v.jour("date_fin")
    if debut is None or fin is None:
        return None
    return LignePatient(
        debut=debut,
        fin=fin,
        libelle=v.texte("libelle") or "",
        prise_en_charge_secu=v.montant("prise_en_charge_secu"),
        prise_en_charge_complementaire=v.montant("prise_en_charge_complementaire"),
        restant_du=v.montant("restant_du") or _ZERO,
        avance=v.montant("avance"),
        restant_apres_avance=v.montant("restant_apres_avance"),
        commentaire=v.texte("commentaire_hopital"),
    )
