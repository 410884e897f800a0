"""Codes of PES_ACQUIT and PES_Retour, and what they mean for the person who reads them.

Source of the codes: reference/pes.md §10 and §11. The explanations are ours: the guide that
numbers the business errors (« 1963 - … ») was not found, so these travel in LibelleAnoAck.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explication:
    """What a NumAnoAck means and what to do about it."""

    sens: str
    conseil: str


# DomaineAck, DomaineAckRetour (13, 14)
DOMAINES: dict[str, str] = {
    "0": "technique",
    "1": "signature technique",
    "2": "signature globale",
    "3": "signature bordereau",
    "4": "pj",
    "5": "depense",
    "6": "recette",
    "7": "role",
    "8": "budget",
    "9": "actif",
    "10": "passif",
    "11": "marche",
    "12": "facture",
    "13": "retour depense",
    "14": "retour recette",
    "99": "parametrage",
}

_RENVOYER = "Rien à corriger : renvoyer le même flux plus tard, ou appeler le poste comptable."
_SIGNER = "Faire signer de nouveau par l'ordonnateur ; « vaguemestre verify » montre l'écart."
_PARAMETRE = "Comparer avec vaguemestre.toml et demander au poste comptable ce qu'il a paramétré."
_ACCORD = "Demander au poste comptable d'aligner son paramétrage sur la convention signée."
_CERTIFICAT = "Le signataire vérifie la validité de son certificat auprès de l'autorité."
_DEJA = "Vérifier dans le registre ce qui a déjà été envoyé ; renuméroter s'il s'agit d'un autre."

ERREURS: dict[str, Explication] = {
    "ERREUR_CONNECTION_IMPOSSIBLE_A_LA_BASE": Explication(
        "le guichet n'a pas pu joindre sa base", _RENVOYER
    ),
    "ERREUR_TIMEOUT": Explication("le guichet a dépassé son temps de traitement", _RENVOYER),
    "ERREUR_FLUX_VIDE": Explication(
        "le fichier ne contient ni bordereau ni PJ",
        "Vérifier l'export du logiciel émetteur, puis redéposer.",
    ),
    "ERREUR_ENCODING": Explication(
        "l'encodage annoncé n'est pas celui du fichier",
        "Produire le fichier en ISO-8859-1, puis redéposer.",
    ),
    "ERREUR_SCHEMA_INCOMPLET": Explication(
        "le fichier ne respecte pas le schéma du PES",
        "« vaguemestre check » montre l'élément fautif ; corriger, puis redéposer.",
    ),
    "ERREUR_VERSION_PES": Explication(
        "la version du protocole n'est pas la bonne (IdVer attendu : 2)",
        "Corriger le paramétrage du logiciel émetteur.",
    ),
    "ERREUR_VERSION_PJ": Explication(
        "la version du bloc des PJ n'est pas la bonne (IdVer attendu : 1)",
        "Corriger le paramétrage du logiciel émetteur.",
    ),
    "ERREUR_PES_PARAM": Explication("ce domaine n'est pas paramétré chez le comptable", _ACCORD),
    "ERREUR_PES_PARAM_SIGNATURE": Explication(
        "le mode de signature n'est pas celui paramétré chez le comptable", _ACCORD
    ),
    "ERREUR_PES_SIGNATURE": Explication(
        "flux signé alors qu'il ne devait pas l'être, ou l'inverse",
        "Comparer le mode de signature de vaguemestre.toml avec la convention.",
    ),
    "ERREUR_CERTIFICAT": Explication("le certificat du signataire n'est pas accepté", _CERTIFICAT),
    "ERREUR_SIGNATURE_EXTERNE": Explication("la signature n'est pas dans le fichier", _SIGNER),
    "ERREUR_SIGNATURE_ILLISIBLE": Explication("la signature ne peut pas être lue", _SIGNER),
    "ERREUR_SIGNATURE_INCOMPLETE": Explication("il manque une partie à la signature", _SIGNER),
    "ERREUR_SIGNATURE_INVALIDE": Explication("la signature ne correspond pas au contenu", _SIGNER),
    "ERREUR_SIGNATURE_BORDEREAU_ILLISIBLE": Explication(
        "la signature d'un bordereau ne peut pas être lue", _SIGNER
    ),
    "ERREUR_SIGNATURE_BORDEREAU_INCOMPLETE": Explication(
        "il manque une partie à la signature d'un bordereau", _SIGNER
    ),
    "ERREUR_SIGNATURE_BORDEREAU_INVALIDE": Explication(
        "la signature d'un bordereau ne correspond pas à son contenu", _SIGNER
    ),
    "ERREUR_CODIQUE": Explication("le codique du poste (IdPost) est inconnu", _PARAMETRE),
    "ERREUR_CODE_COLLECTIVITE_BUDGET": Explication(
        "le code collectivité ou le code budget est inconnu du poste", _PARAMETRE
    ),
    "ERREUR_SIRET": Explication("le SIRET (IdColl) n'est pas celui du budget", _PARAMETRE),
    "ERREUR_CODIFICATION": Explication(
        "un code n'est pas dans sa liste, ou sa combinaison est refusée",
        "Corriger le code nommé par le libellé, puis redéposer.",
    ),
    "ERREUR_CUMUL_MONTANTS": Explication(
        "un total n'est pas la somme de ses lignes, ou le cumul annuel est faux",
        "Refaire le bordereau ; vérifier le cumul de départ de vaguemestre.toml.",
    ),
    "ERREUR_MONTANT_TVA_ZERO_NEGATIF": Explication(
        "une TVA est nulle ou négative",
        "Laisser la TVA absente quand il n'y en a pas, puis redéposer.",
    ),
    "ERREUR_DOUBLON_BORDEREAU": Explication("ce bordereau est déjà chez le comptable", _DEJA),
    "ERREUR_DOUBLON_PIECE": Explication("cette pièce est déjà chez le comptable", _DEJA),
    "ERREUR_DOUBLON_LIGNE": Explication(
        "deux lignes d'une pièce ont le même numéro",
        "Renuméroter les lignes de la pièce, puis redéposer.",
    ),
    "ERREUR_DOUBLON_PJ": Explication(
        "une PJ porte un identifiant déjà connu",
        "Ne pas renvoyer cette PJ, ou lui donner un nouvel IdUnique s'il s'agit d'une autre.",
    ),
    "ERREUR_PJ": Explication(
        "une PJ ne peut pas être lue ou rattachée",
        "Vérifier le fichier et ses rattachements, puis le redéposer.",
    ),
    "ERREUR_PJ_SIGNEE": Explication(
        "la signature portée par une PJ pose problème",
        "Vérifier la signature de la PJ auprès de qui l'a produite.",
    ),
    "ERREUR_TAILLE_BORDEREAUX": Explication(
        "trop de bordereaux, ou un bordereau trop gros",
        "Répartir les bordereaux sur plusieurs flux.",
    ),
    "ERREUR_TAILLE_PIECE": Explication(
        "un bordereau porte trop de pièces", "Répartir les pièces sur plusieurs bordereaux."
    ),
    "ERREUR_TAILLE_LIGNE": Explication(
        "une pièce porte trop de lignes", "Répartir les lignes sur plusieurs pièces."
    ),
    "ERREUR_AUTRE": Explication(
        "contrôle métier du comptable, précisé par le libellé",
        "Corriger ce que le libellé nomme, puis le redéposer.",
    ),
}

# ObsEtat of PES_DepenseRetour
MOTIFS_DEPENSE: dict[str, str] = {
    "01": "PJ absente ou non valable",
    "02": "PJ insuffisantes",
    "03": "crédits insuffisants",
    "04": "liquidation erronée",
    "05": "service fait non certifié, ou caractère exécutoire absent",
    "06": "autre motif",
    "07": "double paiement",
    "09": "domiciliation bancaire absente ou erronée",
    "10": "avance non récupérée",
    "11": "donneur d'ordre incompétent",
    "13": "prescription ou déchéance",
    "16": "mandat qui n'est pas au nom du véritable créancier",
    "23": "imputation erronée",
    "24": "rejet technique",
}

# ObsEtat of PES_RecetteRetour
MOTIFS_RECETTE: dict[str, str] = {
    "01": "caractère exécutoire absent",
    "02": "créance non décrite",
    "03": "débiteur non décrit",
    "04": "imputation erronée",
    "05": "prescription",
    "06": "autre motif",
    "07": "pièce d'origine non indiquée",
    "08": "type de bordereau inexistant",
    "09": "exercice du bordereau non ouvert",
    "10": "bordereau sans date d'émission",
    "11": "montant du bordereau incohérent",
    "12": "bordereau non signé",
    "13": "TVA absente alors que la collectivité est assujettie",
    "14": "donneur d'ordre incompétent",
    "15": "PJ insuffisantes",
    "16": "PJ absentes ou non valables",
    "17": "domiciliation bancaire absente ou erronée",
    "18": "numéro de bordereau déjà utilisé",
    "19": "complément d'information demandé",
    "20": "titre récapitulatif attendu",
    "21": "titre incomplet",
    "22": "exercice du rôle clôturé",
    "23": "numéro de rôle déjà utilisé",
    "24": "exercice du rôle initial clôturé",
    "25": "rôle initial inexistant",
    "26": "rôle initial non pris en compte",
    "27": "date de prélèvement incorrecte",
    "28": "numéro d'article déjà utilisé",
    "29": "date de l'avis des sommes à payer incorrecte",
    "30": "code produit inconnu",
    "31": "SIRET de la collectivité bénéficiaire inexistant",
    "32": "collectivité non assujettie à la TVA",
    "33": "montant majorable",
    "34": "montant du prélèvement",
    "35": "domiciliation erronée",
    "36": "domiciliation inexistante",
    "37": "rapprochement du rôle impossible",
    "38": "forçage accordé par l'ordonnateur",
    "39": "forçage accordé par le responsable du poste comptable",
    "40": "forçage par l'ordonnateur attendu",
}

# EtatPce, then our five states. A titre « annulé » (05) was taken in charge, then refused.
ETATS_DEPENSE: dict[str, str] = {
    "01": "instance",
    "02": "prise_en_charge",
    "04": "rejetee",
    "05": "soldee",
}
ETATS_RECETTE: dict[str, str] = {
    "01": "instance",
    "02": "prise_en_charge",
    "03": "prise_en_charge",
    "04": "rejetee",
    "05": "rejetee",
}
# EtatLigPce of a titre's ligne that nothing more is expected of.
LIGNES_SOLDEES: frozenset[str] = frozenset({"05", "06"})


def explication(code: str) -> Explication | None:
    """The meaning of a NumAnoAck; None for a code that the official list does not hold."""
    return ERREURS.get(code)
