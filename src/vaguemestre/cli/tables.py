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
    "`schemas` : où les paquets officiels sont rangés (`help schemas`). "
    "`caracteres` complète la table de remplacement publiée (`help depot`).",
    "Grilles": "Ce que le comptable admet en plus des listes livrées, qui sont inférées : "
    "combinaisons type de bordereau / type de pièce / nature (« 01/01/05 ») en `depense` et en "
    "`recette`, couples catégorie / nature juridique des `tiers` (« 50/04 »), `civilites`.",
    "VersionSchema": "Ce que le comptable a dit d'une version du schéma (`help schemas`) : sa date "
    "d'effet, inconnue par défaut.",
    "Politique": "Le triplet de la politique de signature ; le défaut est celui du terrain, son "
    "empreinte n'a pas pu être vérifiée sur le document officiel.",
    "Signature": "Qui signe, et comment. Sans `p12`, les flux attendent en A_SIGNER. "
    "`revocation` : `exigee` retient un flux dont la révocation est inconnue, `souple` le laisse "
    "partir en le disant.",
    "Indigo": "Le dessin INDIGO (fichier JSON avec son statut). Sans dessin, pas de jumeau. "
    "Un dessin `draft` ou `fictional` ne part jamais vers un vrai partenaire.",
    "Partenaire": "Une boîte de la DGFiP : un dossier ou un serveur SFTP. `simulateur` n'est "
    "permis que pour un dossier ou pour cette machine. `nommage` : `pesalr2` ou `passtrans` "
    "(alors `partie = false`). `acquit_retour` : accuser réception de chaque retour par un "
    "PES_ACQUIT_RETOUR (à convenir avec le comptable ; non par défaut).",
    "Collectivite": "Un organisme émetteur ; `dossier` est son dossier sous `depots.racine`.",
    "Budget": "Un budget-collectivité ; un PES n'en mêle jamais deux. `vote` : `nature` ou "
    "`fonction`, qui rend la fonction obligatoire sur chaque ligne.",
    "Asap": "Ce que dit chaque facture d'un PES_Facture (ASAP) : l'émetteur, le signataire, les "
    "mentions. `reference_bdf` est recopiée telle que la DGFiP l'a donnée.",
    "CentreAsap": "Où les débiteurs paient (`encaissement`) et à qui ils écrivent (`tresorerie`).",
    "ClesOrmc": "Les formules des clés d'un article de rôle ORMC (`cle1`, `cle2`) que votre "
    "comptable emploie ; inconnues par défaut, car aucune n'est prouvée (`help regles pes.ormc`). "
    "Choisie, une formule fait avertir d'une autre clé, sans jamais bloquer, et remplir celle que "
    "le dépôt laisse vide. `code_collectivite` et `code_nature` : ceux que le comptable a donnés "
    "pour les clés ; à défaut, le code de la collectivité et le début du code produit.",
    "Cumul": "Valeur de départ de MtCumulAnnuel, par domaine, exercice et type de bordereau.",
    "Volet": "Un flux coché de la convention, avec sa date d'effet. Sans volet, tout est admis ; "
    "dès qu'il y en a un, ce qui n'est pas coché est refusé.",
    "Pj": "Ce que le démon regarde dans les PDF (`help pj`) : `structure` et `texte`, fermés par "
    "défaut car ils coûtent quelques millisecondes par page. `scan` : une page sans texte est un "
    "`refus` ou un `avertissement`. `delai` par page et `delai_total` par PDF en secondes, "
    "`memoire` d'un lecteur en octets.",
    "SeuilsPj": "Où une page cesse d'être du texte : caractères, parts de la page de 0 à 1. Ces "
    "seuils ont été essayés sur peu de documents.",
    "Archive": "Le coffre, en écriture unique. `conservation` en années, dix au moins.",
    "Journal": "L'origine du journal de preuve et sa clé, créée au premier démarrage.",
    "Moteur": "Les processus et leurs ouvriers (`processus = 0` : un par cœur, quatre au plus), les"
    " nouveaux essais, en secondes ; `essais_max = 0` : sans fin.",
    "Recette": "Horloge et identifiants fixes, pour des exécutions égales octet par octet.",
}
