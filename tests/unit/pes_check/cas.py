"""One file that breaks each rule, and only what goes with it: the catalogue's own examples."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.unit.pes_check import fabrique as f
from tests.unit.pes_check.outillage import Registre
from vaguemestre.pes.examen import Reglages

M57 = Reglages(nomenclatures={"00": "M57"})
M21 = Reglages(nomenclatures={"00": "M21"})
M22 = Reglages(nomenclatures={"00": "M22"})
M4 = Reglages(nomenclatures={"00": "M831"})


@dataclass(frozen=True)
class Cas:
    """A file that a rule must blame, with the set-up and register that go with it."""

    octets: bytes
    reglages: Reglages = field(default_factory=Reglages)
    memoire: Registre | None = None


def dep(*bordereaux: str, **c: Any) -> bytes:
    return f.pes(f.domaine(*bordereaux), **c)


def rec(*bordereaux: str, **c: Any) -> bytes:
    return f.pes(f.domaine(*bordereaux, recette=True), **c)


def bord(**c: Any) -> bytes:
    return dep(f.bordereau(**c))


def bord_r(**c: Any) -> bytes:
    return rec(f.bordereau(recette=True, **c))


def piece_r(*lignes: str, **c: Any) -> bytes:
    return rec(f.bordereau(f.piece(*lignes, recette=True, **c), recette=True))


def ligne(**c: Any) -> bytes:
    return dep(f.bordereau(f.piece(f.ligne(**c))))


def ligne_r(**c: Any) -> bytes:
    return piece_r(f.ligne(recette=True, **c))


def tiers(**c: Any) -> bytes:
    return ligne(qui=f.tiers(**c))


def tiers_r(**c: Any) -> bytes:
    return ligne_r(qui=f.tiers(recette=True, **c))


def compte(**c: Any) -> bytes:
    return tiers(cpte=f.compte(**c))


def adresse(**c: Any) -> bytes:
    return tiers(adr=f.adresse(**c))


def avec_pj(*pjs: str, refs: str | None = None, version: str = "1") -> bytes:
    refs = f.pj_ref() if refs is None else refs
    return f.pes(
        f.domaine(f.bordereau(f.piece(refs=refs))), f.pes_pj(*(pjs or (f.pj(),)), version=version)
    )


def rattachement(**c: Any) -> str:
    valeurs = {"NatPceOrig": "01", "ExerRat": "2026", "IdPceOrig": "400", "IdLigneOrig": "1"}
    return f"<RattachPiece>{f.feuilles(valeurs, c)}</RattachPiece>"


def correction(triplet: str, apres: str, *, recette: bool = False) -> bytes:
    bordereau, type_, nature = triplet.split("/")
    piece = f.piece(
        f.ligne(recette=recette, apres=apres), recette=recette, TypPce=type_, NatPce=nature
    )
    corps = f.bordereau(piece, recette=recette, TypBord=bordereau)
    return f.pes(f.domaine(corps, recette=recette))


def edition(code: str, *, qui: str | None = None, refs: str = "", **c: Any) -> bytes:
    suite = {k: v for k, v in c.items() if k in {"NumeroFacture", "CadreFacturation"}}
    tete = {k: v for k, v in c.items() if k not in suite}
    return piece_r(f.ligne(recette=True, qui=qui), refs=refs, suite=suite, Edition=code, **tete)


def prelevement(**c: Any) -> str:
    valeurs = {
        "NatPrel": "01",
        "PerPrel": "07",
        "DtePrel": "2026-12-01",
        "MtPrel": "100.00",
        "SequencePres": "01",
        "DateSignMandat": "2026-01-01",
        "RefUniMdt": "RUM1",
        "AncienICS": None,
        "AncienneBanque": None,
        "AncienIBAN": None,
    }
    return f"<InfoPrelevementSEPA>{f.feuilles(valeurs, c)}</InfoPrelevementSEPA>"


NE_ICI = '<LieuNaissance><NeEnFrance V="0"/><MetropoleDomCom><CodeDeptDomCom V="988"/>'
NE_ICI += "</MetropoleDomCom></LieuNaissance>"
SANS_SIRET = f.tiers(recette=True, **f.PERSONNE)
RECOUVREMENT = (
    '<Recouvrement><TypFlux V="01"/><ModRegl V="01"/><DteReco V="2026-11-21"/>'
    '<IdEncaissement V="1"/><MtReco V="1.00"/></Recouvrement>'
)
SIGNE: dict[str, Any] = {"signature": f.SIGNATURE}
ETAT = f.tiers(recette=True, IdTiers="11000201100044")

CAS: dict[str, Cas] = {
    "pes.enveloppe.version": Cas(f.pes(enveloppe={"Version": "3"})),
    "pes.enveloppe.typfic": Cas(f.pes(enveloppe={"TypFic": "PESX"})),
    "pes.fichier.encodage": Cas(f.pes(tete='<?xml version="1.0" encoding="UTF-8"?>\n')),
    "pes.fichier.taille": Cas(f.pes(), Reglages(taille_max=100)),
    "pes.fichier.vide": Cas(f.pes(f.pes_pj())),
    "pes.entete.idcoll": Cas(f.pes(IdColl="21980001800019")),
    "pes.entete.finjur": Cas(f.pes(FinJur="750712184"), M57),
    "pes.entete.finjur.helios": Cas(
        f.pes(FinJur="750712184"), Reglages(finess={"00": "980000012"})
    ),
    "pes.entete.finjur.cle": Cas(f.pes(FinJur="750712185")),
    "pes.domaine.idver": Cas(f.pes(f.domaine(version="3"))),
    "pes.pes_pj.idver": Cas(avec_pj(version="2")),
    "pes.bordereau.double": Cas(dep(f.bordereau(), f.bordereau())),
    "pes.bordereau.indistinct": Cas(dep(f.bordereau(), f.bordereau(TypBord="03"))),
    "pes.bordereau.nbrpce": Cas(bord(NbrPce="2")),
    "pes.bordereau.montant_ht": Cas(bord(MtBordHT="100.01")),
    "pes.bordereau.montant_tva": Cas(
        dep(f.bordereau(f.piece(f.ligne(MtTVA="20.00")), MtBordTVA="19.99"))
    ),
    "pes.bordereau.tva_sans_ligne": Cas(bord(MtBordTVA="20.00")),
    "pes.bordereau.tva_absente": Cas(ligne(MtTVA="20.00")),
    "pes.bordereau.tva_nulle": Cas(bord_r(MtBordTVA="0")),
    "pes.bordereau.cumul": Cas(f.pes(f.domaine(f.bordereau(id_="B1", **SIGNE), dematerialise="1"))),
    "pes.bordereau.cumul_inferieur": Cas(bord(MtCumulAnnuel="99.00")),
    "pes.bordereau.typbord": Cas(bord(TypBord="04")),
    "pes.bordereau.date": Cas(bord_r(DteBordEm="1899-12-31")),
    "pes.bordereau.dteasp": Cas(bord_r(TypBord="06", DteAsp="2026-01-01")),
    "pes.bordereau.reserve_ormc": Cas(bord_r(Objet="ROLE")),
    "pes.bordereau.exercice": Cas(bord(Exer="2020")),
    "pes.piece.double": Cas(dep(f.bordereau(f.piece(), f.piece(), MtBordHT="200.00"))),
    "sig.bordereau.id": Cas(
        f.pes(f.domaine(f.bordereau(MtCumulAnnuel="100.00", **SIGNE), dematerialise="1"))
    ),
    "sig.bordereau.multiple": Cas(dep(f.bordereau(id_="B1", signature=f.SIGNATURE * 2))),
    "sig.absente": Cas(f.pes(f.domaine(f.bordereau(MtCumulAnnuel="100.00"), dematerialise="1"))),
    "sig.interdite": Cas(dep(f.bordereau(id_="B1", **SIGNE))),
    "sig.melee": Cas(f.pes(f.domaine(f.bordereau(id_="B1", **SIGNE)), fin=f.SIGNATURE)),
    "sig.id.double": Cas(dep(f.bordereau(id_="B1"), f.bordereau(id_="B1", IdBord="13"))),
    "registre.nomfic": Cas(
        f.pes(), memoire=Registre(nomfics={("PESALR2_219800014_261121_001", "123"): "F1"})
    ),
    "registre.bordereau": Cas(
        f.pes(), memoire=Registre(bordereaux={("123", "00", "depense", 2026, "01", 12): "F1"})
    ),
    "registre.cumul": Cas(
        bord(MtCumulAnnuel="150.00"),
        memoire=Registre(cumuls={("123", "00", "depense", 2026, "01"): Decimal(100)}),
    ),
    "registre.pjref.absente": Cas(dep(f.bordereau(f.piece(refs=f.pj_ref()))), memoire=Registre()),
    "registre.pjref.inconnue": Cas(dep(f.bordereau(f.piece(refs=f.pj_ref())))),
    "registre.pj": Cas(avec_pj(), memoire=Registre(pjs={("123", "PJ0001"): "F1"})),
    "pes.piece.triplet": Cas(dep(f.bordereau(f.piece(NatPce="12")))),
    "pes.piece.typpce": Cas(piece_r(TypPce="08")),
    "pes.piece.typpce_retour": Cas(dep(f.bordereau(f.piece(TypPce="12")))),
    "pes.piece.idrol": Cas(piece_r(IdRol="3")),
    "pes.piece.codserv": Cas(piece_r(TypPce="15", CodServ="S1")),
    "pes.piece.ormc": Cas(piece_r(NumDette="5")),
    "pes.piece.dteasp": Cas(piece_r(DteAsp="2026-01-01")),
    "pes.piece.facturation": Cas(piece_r(DebFact="2026-01-01"), M57),
    "pes.piece.envretour": Cas(piece_r(EnvRetour="1")),
    "pes.edition.type": Cas(edition("03", NumeroFacture="F1")),
    "pes.edition.douteuse": Cas(edition("09", NumeroFacture="F1")),
    "pes.edition.numero_facture": Cas(edition("02")),
    "pes.edition.cadre": Cas(edition("09", NumeroFacture="F1")),
    "pes.edition.siret": Cas(edition("02", qui=SANS_SIRET, NumeroFacture="F1")),
    "pes.edition.engagement": Cas(edition("02", qui=ETAT, NumeroFacture="F1")),
    "pes.edition.debiteur": Cas(edition("01", qui=f.tiers(recette=True) * 2)),
    "pes.edition.pj": Cas(edition("01")),
    "pes.edition.patient": Cas(edition("05")),
    "pes.ligne.double": Cas(dep(f.bordereau(f.piece(f.ligne(), f.ligne()), MtBordHT="200.00"))),
    "pes.ligne.modregl": Cas(ligne(qui=f.tiers(cpte=""))),
    "pes.ligne.mttva": Cas(ligne_r(MtTVA="0")),
    "pes.ligne.txtva": Cas(ligne_r(TxTva="20")),
    "pes.ligne.majoration": Cas(ligne_r(Majo="1")),
    "pes.ligne.fonction": Cas(ligne(Fonction="020"), M21),
    "pes.ligne.operation": Cas(ligne(Operation="12"), M4),
    "pes.ligne.rattachement.absent": Cas(correction("02/02/06", "")),
    "pes.ligne.rattachement.nature": Cas(correction("02/02/06", rattachement(NatPceOrig="02"))),
    "pes.ligne.rattachement.paiement": Cas(correction("01/05/01", rattachement())),
    "pes.ligne.rattachement.exercice": Cas(correction("02/02/06", rattachement(ExerRat="2025"))),
    "pes.ligne.rattachement.ligne": Cas(correction("02/02/06", rattachement(IdLigneOrig=None))),
    "pes.ligne.convention": Cas(correction("01/06/01", "")),
    "pes.ligne.virement": Cas(ligne(LibVir1="FACTURE É")),
    "pes.ligne.prelevement": Cas(ligne_r(apres=prelevement(), qui=f.tiers(recette=True, cpte=""))),
    "pes.ligne.ancien_ics": Cas(ligne_r(apres=prelevement(AncienICS="12345"))),
    "pes.ligne.ancienne_banque": Cas(
        ligne_r(apres=prelevement(AncienneBanque="1", AncienIBAN=f.IBAN))
    ),
    "pes.ligne.assure": Cas(ligne_r(apres='<InfoAssure><CodAssDeb V="1"/></InfoAssure>'), M57),
    "pes.ligne.retour": Cas(ligne_r(fin=RECOUVREMENT)),
    "pes.tiers.identifiant.seul": Cas(tiers(NatIdTiers=None)),
    "pes.tiers.identifiant": Cas(tiers(IdTiers="73282932000075")),
    "pes.tiers.identifiant.personne": Cas(tiers(IdTiers="1234567890123", NatIdTiers="12")),
    "pes.tiers.nir": Cas(tiers(IdTiers="255081416802538", NatIdTiers="04")),
    "pes.tiers.civilite": Cas(tiers(Civilite="M")),
    "pes.tiers.mademoiselle": Cas(tiers(**{**f.PERSONNE, "Civilite": "MLLE"})),
    "pes.tiers.prenom": Cas(tiers(**{**f.PERSONNE, "Prenom": None})),
    "pes.tiers.naissance": Cas(tiers_r(DteNaissance="1980-01-01")),
    "pes.tiers.lieu_naissance": Cas(tiers_r(lieu=NE_ICI, **f.PERSONNE)),
    "pes.tiers.couple": Cas(tiers(NatJur="10")),
    "pes.tiers.employeur": Cas(tiers_r(TypTiers="05"), M57),
    "pes.adresse.cp": Cas(adresse(CP="9880")),
    "pes.adresse.pays": Cas(adresse(CodRes="1")),
    "pes.compte.iban": Cas(compte(IBAN="FR7630001007941234567890186")),
    "pes.compte.iban.casse": Cas(compte(IBAN="fr7630001007941234567890185")),
    "pes.compte.rib": Cas(
        compte(
            CodeEtab="30001",
            CodeGuic="00794",
            IdCpte="12345678901",
            CleRib="86",
            BIC=None,
            IBAN=None,
        )
    ),
    "pes.compte.banque_internationale": Cas(
        compte(
            IdPayInt="NC",
            CodeEtab="30001",
            CodeGuic="00794",
            IdCpte="12345678901",
            CleRib="85",
            BIC=None,
            IBAN=None,
        )
    ),
    "pes.compte.bic": Cas(compte(BIC=None, IBAN="DE89370400440532013000")),
    "pes.compte.bic.inconnu": Cas(compte(BIC="BDFEZZPPCCT")),
    "xsd.fichier.base64": Cas(avec_pj(f.pj(texte="AAA*"))),
    "pj.vide": Cas(avec_pj(f.pj(texte=""))),
    "pj.gzip": Cas(avec_pj(f.pj(texte=f.contenu(f.PDF, compresser=False)))),
    "pj.abimee": Cas(avec_pj(f.pj(f.PDF[:30]))),
    "pj.fragile": Cas(avec_pj(f.pj(b"%PDF-1.4\n%%EOF\n"))),
    "pj.mime": Cas(avec_pj(f.pj(mime="image/png"))),
    "pj.mime.inconnu": Cas(avec_pj(f.pj(mime="application/x-inconnu"))),
    "pj.extension": Cas(avec_pj(f.pj(NomPJ="facture.png"))),
    "pj.extension.mime": Cas(avec_pj(f.pj(NomPJ="facture.png"))),
    "pj.typepj": Cas(avec_pj(f.pj(refs=f.ref_compta(Domaine="02")))),
    "pj.refcompta": Cas(avec_pj(f.pj(TypePJ="012"))),
    "pj.refcompta.identifiant": Cas(avec_pj(f.pj(refs=f.ref_compta(Identifiant=None)))),
    "pj.refcompta.complement": Cas(avec_pj(f.pj(refs=f.ref_compta(ComplementIdentifiant="0")))),
    "pj.double": Cas(avec_pj(f.pj(), f.pj())),
    "pj.orpheline": Cas(avec_pj(refs="")),
    "pj.support": Cas(avec_pj(refs=f.pj_ref(support="02"))),
}

# Files without fault, in the same set-ups: no rule but a warning may speak.
SAINS: dict[str, Cas] = {
    "dépense": Cas(f.pes()),
    "recette": Cas(f.pes(f.domaine(recette=True))),
    "dépense avec PJ": Cas(avec_pj()),
    "personne": Cas(tiers(**f.PERSONNE)),
    "recette, personne": Cas(ligne_r(qui=SANS_SIRET)),
    "TVA": Cas(dep(f.bordereau(f.piece(f.ligne(MtTVA="20.00")), MtBordTVA="20.00"))),
    "annulation": Cas(correction("02/02/06", rattachement())),
    "exercice clos": Cas(
        correction("01/02/09", rattachement(NatPceOrig="02", ExerRat="2025"), recette=True)
    ),
    "signé": Cas(
        f.pes(f.domaine(f.bordereau(id_="B1", MtCumulAnnuel="100.00", **SIGNE), dematerialise="1"))
    ),
    "flux signé": Cas(
        f.pes(f.domaine(f.bordereau(MtCumulAnnuel="100.00"), dematerialise="1"), fin=f.SIGNATURE)
    ),
    "RIB": Cas(
        compte(
            CodeEtab="30001",
            CodeGuic="00794",
            IdCpte="12345678901",
            CleRib="85",
            BIC=None,
            IBAN=None,
        )
    ),
    "banque étrangère": Cas(compte(BIC="COBADEFFXXX", IBAN="DE89370400440532013000")),
    "étranger": Cas(adresse(CP="99999", CodRes="1", CodPays="109")),
    "ASAP 01": Cas(
        f.pes(
            f.domaine(
                f.bordereau(
                    f.piece(recette=True, refs=f.pj_ref(type_="002"), Edition="01"), recette=True
                ),
                recette=True,
            ),
            f.pes_pj(f.pj(TypePJ="002")),
        )
    ),
    "M57": Cas(ligne(Fonction="020", Operation="12"), M57),
    "M21": Cas(f.pes(FinJur="750712184"), M21),
    "M22": Cas(piece_r(DebFact="2026-01-01"), M22),
    "PJ seule": Cas(f.pes(f.pes_pj(f.pj(refs=f.ref_compta())))),
    "registre": Cas(
        bord(MtCumulAnnuel="200.00"),
        memoire=Registre(cumuls={("123", "00", "depense", 2026, "01"): Decimal(100)}),
    ),
    "cumul hors taxe": Cas(
        dep(
            f.bordereau(f.piece(f.ligne(MtTVA="20.00")), MtBordTVA="20.00", MtCumulAnnuel="200.00")
        ),
        reglages=Reglages(cumul_base="ht"),
        memoire=Registre(cumuls={("123", "00", "depense", 2026, "01"): Decimal(100)}),
    ),
    "PJ déjà envoyée": Cas(
        dep(f.bordereau(f.piece(refs=f.pj_ref()))),
        memoire=Registre(pjs={("123", "PJ0001"): "F1"}),
    ),
}
