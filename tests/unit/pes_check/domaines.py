"""A PES_Facture (ASAP), a PES_Marche and an ORMC for the tests: everything in them is invented."""

from __future__ import annotations

from tests.unit.pes_check import fabrique as f

SIRET_TIERS = f.SIRET_TIERS
ENCAISSEMENT = "CENTRE D'ENCAISSEMENT|DES FINANCES PUBLIQUES"

_RUE = '<Adr2 V="3 RUE DES ESSAIS"/>'
_MELS = '<InfoSupplTiers><AdresseMelCFP V="t988001@exemple.nc"/></InfoSupplTiers>'
_TSA = '<Adr3 V="TSA 00000"/>'


def _tiers(nom: str, type_: str, *, suite: str = "", voie: str = _RUE) -> str:
    """Identity, then `suite`, then address; `nom` may hold « Nom|ComplNom »."""
    premier, _, complement = nom.partition("|")
    noms = f'<Nom V="{premier}"/>' + (f'<ComplNom V="{complement}"/>' if complement else "")
    return (
        f'<InfoTiers><IdTiers V="{SIRET_TIERS}"/><NatIdTiers V="01"/><CatTiers V="50"/>'
        f'<NatJur V="03"/><TypTiers V="{type_}"/>{noms}</InfoTiers>{suite}'
        f'<Adresse><TypAdr V="1"/>{voie}<CP V="98800"/><Ville V="NOUMEA"/><CodRes V="0"/></Adresse>'
    )


def ligne_facture(ordre: int = 1, mt_ht: str = "100.00") -> str:
    return (
        '<LigneFacture><DateDebut V="2026-10-01"/><DateFin V="2026-10-31"/>'
        '<Libelle V="Restauration scolaire"/><Quantite V="12.5"/><Unite1 V="repas"/>'
        f'<MtUnitaire V="8"/><MtHT V="{mt_ht}"/><TauxTVA V="0"/><MtTVA V="0"/>'
        f'<MtTTC V="100.00"/><Ordre V="{ordre}"/></LigneFacture>\n'
    )


def facture(numero: str = "F-2026-001", *lignes: str, titre: int = 87) -> str:
    """One FactureIndiv of an ASAP on a titre."""
    corps = "".join(lignes) or ligne_facture()
    return (
        f'<FactureIndiv><DateEmission V="2026-11-21"/><NumeroFacture V="{numero}"/>'
        f"<Debiteur>{_tiers('ASSOCIATION EXEMPLE', '01')}</Debiteur>"
        f'<Objet V="Cantine"/>\n{corps}<TotalAPayer><MtTotalHT V="100.00"/><MtTotalTVA V="0"/>'
        '<MtTotalTTC V="100.00"/></TotalAPayer><RefTitre><Exercice V="2026"/>'
        f'<NumBordereau V="12"/><NumTitre V="{titre}"/><NumLigne V="1"/></RefTitre>'
        '<TalonOptique2Lignes><Ligne1 V="0123456789 AB"/><Ligne2 V="10000"/></TalonOptique2Lignes>'
        '<ModalitesReglement V="Par virement"/><ModeRecouvrement V="1"/>'
        '<ConditionsGen V="Sans objet"/></FactureIndiv>\n'
    )


def bloc_facture(*factures: str, type_: str = "09") -> str:
    corps = "".join(factures) or facture()
    return (
        f'<PES_Facture><IdVer V="2"/><Annee V="2026"/><TypeFact V="{type_}"/>'
        f'<Date V="2026-11-21"/><Emetteur>{_tiers("COMMUNE EXEMPLE", "20")}'
        f'<CptBancaire><IBAN V="{f.IBAN}"/></CptBancaire>'
        '<InfoSuppl><RefBdf V="123456"/></InfoSuppl><Signataire><Personne><Nom V="EXEMPLE"/>'
        '<Prenom V="ALICE"/></Personne><Role V="Maire"/></Signataire></Emetteur>\n'
        f"<Tiers>{_tiers(ENCAISSEMENT, '25', voie=_TSA)}</Tiers>"
        f"<Tiers>{_tiers('CENTRE DES FINANCES', '26', suite=_MELS)}</Tiers>\n"
        f"{corps}<Nomenclatures/></PES_Facture>\n"
    )


_LIEU = (
    '<LieuExecution><CodeLieuExecution V="98800"/><TypeCode V="01"/>'
    '<NomLieuExecution V="NOUMEA"/></LieuExecution>'
)


def titulaire(siret: str = SIRET_TIERS) -> str:
    return (
        '<Titulaire><TypeTitulaireMarche V="01"/><NatIdTitulaire V="01"/>'
        f'<IdTitulaire V="{siret}"/><DenominationSociale V="SOCIETE EXEMPLE"/><CatTiers V="50"/>'
        f'<NatJur V="03"/>{f.adresse()}{f.compte()}<ConditionsExecutionTitulaire>'
        '<RegimeAvance V="01"/><FormePrix V="02"/><VariationPrix V="01"/>'
        "</ConditionsExecutionTitulaire></Titulaire>\n"
    )


def marche(numero: str = "2026TRAVAUX01", *titulaires: str, refs: str = "") -> str:
    corps = "".join(titulaires) or titulaire()
    return (
        f'<Marche><IdentifiantMarche><IdContrat V="{numero}"/><NumeroOrdreModification V="00"/>'
        '<SequenceEnvoi V="1"/><CaractereCorrectifEnregistrement V="0"/></IdentifiantMarche>'
        '<URLProfilAcheteur V="https://marches.exemple.nc"/>'
        f'<Acheteurs><Acheteur><IdAcheteur V="{f.SIRET}"/><NomAcheteur V="COMMUNE EXEMPLE"/>'
        '</Acheteur></Acheteurs><NatureMarche V="01"/><Objet V="Toiture du marché couvert"/>'
        f'<CodeCPV V="45260000-7"/><ProcedureMarche V="01"/>{_LIEU}<DureeEnMois V="6"/>'
        '<MontantHTNotifie V="120000.00"/><CaractereEstimatifMontantNotifie V="0"/>'
        '<Reconductibilite V="01"/><Penalite V="1"/><DateNotification V="2026-03-02"/>\n'
        f"<Operateurs>{corps}</Operateurs><ConditionsExecution><ModaliteExecution V='01'/>"
        f'<MultiBudget V="0"/></ConditionsExecution>{refs}<VentilationsAcheteurs>'
        f'<VentilationAcheteur><IdAcheteur V="{f.SIRET}"/><MontantHTNotifie V="120000.00"/>'
        '<CaractereEstimatifMontantNotifie V="0"/><VentilationsTitulaire><VentilationTitulaire>'
        f'<NatIdTitulaire V="01"/><IdTitulaire V="{SIRET_TIERS}"/><MontantHTNotifie V="120000.00"/>'
        '<CaractereEstimatifMontantNotifie V="0"/></VentilationTitulaire></VentilationsTitulaire>'
        "</VentilationAcheteur></VentilationsAcheteurs></Marche>\n"
    )


def concession(numero: str = "2026EAU01") -> str:
    return (
        f'<Concession><IdentifiantConcession><IdContrat V="{numero}"/>'
        '<NumeroOrdreModification V="00"/><SequenceEnvoi V="1"/>'
        '<CaractereCorrectifEnregistrement V="0"/></IdentifiantConcession>'
        '<URLProfilAcheteur V=""/><Concessionnaires><Concessionnaire>'
        f'<NatIdConcessionnaire V="01"/><IdConcessionnaire V="{SIRET_TIERS}"/>'
        '<DenominationSociale V="EAUX EXEMPLE"/></Concessionnaire></Concessionnaires>'
        f'<NatureConcession V="03"/><Objet V="Eau potable"/><ProcedureConcession V="01"/>{_LIEU}'
        '<DureeMoisInitiale V="120"/><ValeurGlobale V="5000000"/>'
        '<MontantSubventionPublique V="1"/><DateSignature V="2026-02-01"/>'
        '<DateDebutExecution V="2026-03-01"/></Concession>\n'
    )


def bloc_marche(*marches: str, concessions: str = "") -> str:
    listes = "".join(marches) or marche()
    fin = f"<Concessions>{concessions}</Concessions>" if concessions else ""
    return (
        '<PES_Marche><EnTeteMarche><IdVer V="2"/></EnTeteMarche>'
        f"<Marches>{listes}</Marches>{fin}</PES_Marche>\n"
    )


def asap(*factures: str) -> bytes:
    return f.pes(bloc_facture(*factures))


def contrats(*marches: str, concessions: str = "") -> bytes:
    return f.pes(bloc_marche(*marches, concessions=concessions))


def ormc() -> bytes:
    """A rôle of one article: TypBord 06, TypPce 15, with all that only an ORMC fills in."""
    titre = f.piece(
        recette=True,
        TypPce="15",
        DteAsp="2026-11-21",
        Edition="04",
        DebFact="2026-07-01",
        FinFact="2026-09-30",
        NumDette="260000000000123",
        suite={"Per": "1", "Cle1": "5", "Cle2": "A"},
    )
    role = f.bordereau(
        titre, recette=True, TypBord="06", DteAsp="2026-11-21", Objet="Eau, 3e trimestre"
    )
    return f.pes(f.domaine(role, recette=True), enveloppe={"TypFic": "PESORMC"})
