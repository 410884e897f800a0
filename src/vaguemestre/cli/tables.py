"""What each table of `vaguemestre.toml` is for: the words of `help configuration`.

One entry per model of `config`; a test checks that none is missing.
"""

from __future__ import annotations

DESCRIPTIONS = {
    "Base": "Où vivent le registre et le journal. Par défaut, SQLite à côté du fichier.",
    "Depots": "Les dossiers surveillés et leur patience : `calme` et `periode` en secondes, "
    "`patience` avant qu'un dépôt immobile mais incomplet soit refusé, "
    "`taille_max` et `decompression_max` en octets.",
    "Pes": "Ce que nous écrivons dans l'enveloppe, et les limites légales. `taille_max` : 100 Mo "
    "(arrêté du 27 juin 2007, E2-3). `type_fichier` : l'usage dit PESALR2, le texte PESALR1. "
    "`cumul_base` : le cumul annuel additionne HT et TVA (`ttc`) ou le HT seul (`ht`). "
    "`caracteres` complète la table de remplacement publiée (`help depot`).",
    "Politique": "Le triplet de la politique de signature ; le défaut est celui du terrain, son "
    "empreinte n'a pas pu être vérifiée sur le document officiel.",
    "Signature": "Qui signe, et comment. Sans `p12`, les flux attendent en A_SIGNER. "
    "`revocation` : `exigee` retient un flux dont la révocation est inconnue, `souple` le laisse "
    "partir en le disant.",
    "Indigo": "Le dessin INDIGO (fichier JSON avec son statut). Sans dessin, pas de jumeau. "
    "Un dessin `draft` ou `fictional` ne part jamais vers un vrai partenaire.",
    "Partenaire": "Une boîte de la DGFiP : un dossier ou un serveur SFTP. `simulateur` n'est "
    "permis que pour un dossier ou pour cette machine. `nommage` : `pesalr2` ou `passtrans` "
    "(alors `partie = false`).",
    "Collectivite": "Un organisme émetteur ; `dossier` est son dossier sous `depots.racine`.",
    "Budget": "Un budget-collectivité ; un PES n'en mêle jamais deux.",
    "Cumul": "Valeur de départ de MtCumulAnnuel, par domaine, exercice et type de bordereau.",
    "Volet": "Un flux coché de la convention, avec sa date d'effet. Sans volet, tout est admis ; "
    "dès qu'il y en a un, ce qui n'est pas coché est refusé.",
    "Archive": "Le coffre, en écriture unique. `conservation` en années, dix au moins.",
    "Journal": "L'origine du journal de preuve et sa clé, créée au premier démarrage.",
    "Moteur": "Les processus et leurs ouvriers (`processus = 0` : un par cœur, quatre au plus), les"
    " nouveaux essais, en secondes ; `essais_max = 0` : sans fin.",
    "Recette": "Horloge et identifiants fixes, pour des exécutions égales octet par octet.",
}
