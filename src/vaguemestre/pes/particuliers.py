"""Tables of what only some ordonnateurs send (reference/pes.md §5.4 to §5.6, XSD 5.30).

Marchés (both sides), HLM and special operations (dépense), hospitals, place of birth and rôles
ORMC (recette).
"""

from __future__ import annotations

from vaguemestre.domain.particularites import (
    ArticleRole,
    Assure,
    CollectiviteBeneficiaire,
    LieuNaissance,
    NaissanceEnFrance,
    NaissanceEtranger,
    OperationSpecifique,
    TvaHlm,
    VentilationMarche,
)
from vaguemestre.formats.balise import Membre, balise, exige, sans_place
from vaguemestre.formats.bloc import Bloc, objet
from vaguemestre.formats.codecs import Alnum, Chiffres, Montant, Texte, code
from vaguemestre.pes.communs import POSITIF, POSITIF_OU_NUL, VRAI_FAUX, forme, numero, texte

SIGNE = Montant(14)
_DEPARTEMENT = forme(
    3, 2, "2[AB]|[0-8][0-9]|9[0-5]|97[1-8]|98[6-8]", "un département, ou 971 à 978, 986 à 988"
)
_COMMUNE = forme(3, 2, "[0-9]{2,3}", "2 ou 3 chiffres")
_PAYS = forme(3, 3, "[1-5][0-9]{2}", "3 chiffres, le premier de 1 à 5")
# The XSD allows Œ, which ISO-8859-1 lacks.
_LIEU = Texte(
    70, significatif=True, motif="[A-Z 0-9'\\-()]*", attendu="capitales sans accent, chiffres"
)

# fmt: off
_VENTILATION: tuple[Membre[VentilationMarche], ...] = (
    balise("IdMarche", texte(30), lambda v: v.marche, "marche", requis=True),
    balise("NumeroTranche", numero(3), lambda v: v.tranche, "tranche"),
    balise("NumeroPeriode", numero(3), lambda v: v.periode, "periode"),
    balise("IdTitulaire", texte(80, 4), lambda v: v.titulaire, "titulaire"),
    balise("AvanceHT", SIGNE, lambda v: v.avance_ht, "avance_ht"),
    balise("AvanceTVA", SIGNE, lambda v: v.avance_tva, "avance_tva"),
    balise("AcompteHT", SIGNE, lambda v: v.acompte_ht, "acompte_ht"),
    balise("AcompteTVA", SIGNE, lambda v: v.acompte_tva, "acompte_tva"),
    balise("RetenueHT", SIGNE, lambda v: v.retenue_ht, "retenue_ht"),
    balise("RetenueTVA", POSITIF_OU_NUL, lambda v: v.retenue_tva, "retenue_tva"),
    balise("Penalite", SIGNE, lambda v: v.penalite, "penalite"),
    balise("RevisionHT", SIGNE, lambda v: v.revision_ht, "revision_ht"),
    balise("RevisionTVA", SIGNE, lambda v: v.revision_tva, "revision_tva"),
    balise("InteretMoratoire", SIGNE, lambda v: v.interet_moratoire, "interet_moratoire"),
    balise("DiversHT", SIGNE, lambda v: v.divers_ht, "divers_ht"),
    balise("DiversTVA", SIGNE, lambda v: v.divers_tva, "divers_tva"),
    balise("AvanceRecupHT", SIGNE, lambda v: v.avance_recup_ht, "avance_recup_ht"),
    balise("AvanceRecupTVA", SIGNE, lambda v: v.avance_recup_tva, "avance_recup_tva"),
)

VENTILATION_DEPENSE = Bloc[VentilationMarche](
    "VentilationMarche", VentilationMarche,
    *_VENTILATION,
    sans_place("retenue_recup_ht", lambda v: v.retenue_recup_ht),    # these three: recette only
    sans_place("retenue_recup_tva", lambda v: v.retenue_recup_tva),
    sans_place("penalite_regul", lambda v: v.penalite_regul),
)

VENTILATION_RECETTE = Bloc[VentilationMarche](
    "VentilationMarche", VentilationMarche,
    *_VENTILATION,
    balise("RetenueRecupHT", SIGNE, lambda v: v.retenue_recup_ht, "retenue_recup_ht"),
    balise("RetenueRecupTVA", SIGNE, lambda v: v.retenue_recup_tva, "retenue_recup_tva"),
    balise("PenaliteRegul", SIGNE, lambda v: v.penalite_regul, "penalite_regul"),
)

TVA_HLM = Bloc[TvaHlm](
    "InfoTVAHLM", TvaHlm,
    balise("RecTVA", VRAI_FAUX, lambda t: t.recuperee, "recuperee", requis=True),
    balise("MtHtRes", POSITIF, lambda t: t.montant_ht_residences, "montant_ht_residences",
           requis=True),
)

OPERATION_SPECIFIQUE = Bloc[OperationSpecifique](
    "OpSpec", OperationSpecifique,
    balise("CodOpSpec", code("01 02 03 04 05"), lambda o: o.code, "code", requis=True),
    balise("IdOpSpec", Alnum(15), lambda o: o.identifiant, "identifiant", requis=True),
)

ASSURE = Bloc[Assure](
    "InfoAssure", Assure,
    balise("CodAssDeb", code("1 2 3"), lambda a: a.debiteur, "debiteur", requis=True),
    balise("CodAyantDroit", code("01 02 03"), lambda a: a.ayant_droit, "ayant_droit"),
)

_EN_FRANCE = Bloc[NaissanceEnFrance](
    "MetropoleDomCom", NaissanceEnFrance,
    balise("CodeDeptDomCom", _DEPARTEMENT, lambda n: n.departement, "departement", requis=True),
    balise("CodeCommune", _COMMUNE, lambda n: n.code_commune, "code_commune"),
    balise("LibelleCommune", _LIEU, lambda n: n.commune, "commune"),
)

_A_L_ETRANGER = Bloc[NaissanceEtranger](
    "Etranger", NaissanceEtranger,
    exige("CodePays", lambda n: (n.code_pays is None) != (n.pays is None),
          "donner le code du pays ou son nom, un seul des deux"),
    balise("CodePays", _PAYS, lambda n: n.code_pays, "code_pays"),
    balise("LibellePays", _LIEU, lambda n: n.pays, "pays"),
)

LIEU_NAISSANCE = Bloc[LieuNaissance](
    "LieuNaissance", LieuNaissance,
    exige("NeEnFrance", lambda n: (n.france is None) != (n.etranger is None),
          "donner un lieu en France ou à l'étranger, un seul des deux"),
    balise("NeEnFrance", VRAI_FAUX, lambda n: n.france is not None, requis=True),
    objet(_EN_FRANCE, lambda n: n.france, "france"),
    objet(_A_L_ETRANGER, lambda n: n.etranger, "etranger"),
)

BENEFICIAIRE = Bloc[CollectiviteBeneficiaire](
    "InfoCollBen", CollectiviteBeneficiaire,
    balise("IdCollBen", Chiffres(14, 0), lambda c: c.siret, "siret", requis=True),
    balise("CodCollBen", Alnum(3), lambda c: c.code, "code", requis=True),
    balise("CodBudBen", Alnum(2, 0, significatif=False), lambda c: c.budget, "budget"),
)

ARTICLE = Bloc[ArticleRole](
    "", ArticleRole,
    balise("NumDette", numero(15), lambda a: a.dette, "dette"),
    balise("Per", Chiffres(1, 0), lambda a: a.periode, "periode"),
    balise("Cle1", Chiffres(1, 0), lambda a: a.cle1, "cle1"),
    balise("Cle2", Alnum(1, 0, significatif=False), lambda a: a.cle2, "cle2"),
)
# fmt: on
