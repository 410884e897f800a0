"""CodeSuspPour of PES_RecetteRetour: why the pursuit of a titre is suspended (pes.md §11.2)."""

from __future__ import annotations

# fmt: off
SUSPENSIONS: dict[str, str] = {
    "01": "délais accordés", "02": "réclamation transmise à l'ordonnateur",
    "03": "suspension demandée par l'ordonnateur", "04": "opposition aux poursuites",
    "05": "redressement judiciaire avec plan d'apurement",
    "06": "redressement judiciaire sans plan d'apurement",
    "07": "liquidation des biens", "08": "liquidation judiciaire",
    "09": "commission de surendettement", "10": "n'habite pas à l'adresse indiquée",
    "11": "annulation attendue", "12": "admission en non-valeur demandée",
    "13": "débiteur décédé", "14": "autorisation de poursuivre non accordée",
    "15": "créance minime", "16": "procès-verbal de carence", "17": "personne disparue",
    "18": "admission en non-valeur", "19": "assignation en redressement ou en liquidation",
    "20": "cession de fonds", "21": "pourvoi devant les tribunaux",
    "22": "demande de renseignements", "23": "tiers non rattaché",
    "24": "plan de recouvrement inconnu", "25": "poursuites à l'initiative du poste",
    "26": "règles de l'aide médicale", "27": "production chez le notaire",
    "28": "réponse d'huissier attendue", "29": "procès-verbal de perquisition",
    "30": "procès-verbal de recherche", "31": "transféré à la collectivité bénéficiaire",
    "32": "créance contestée", "33": "empêchement technique", "34": "divers",
    "35": "paiement partiel ou nul, hôpital public", "36": "saisie à tiers détenteur positive",
    "37": "paiement rejeté, hôpital public", "38": "action en justice",
    "39": "poursuites hors Hélios",
}
# fmt: on
