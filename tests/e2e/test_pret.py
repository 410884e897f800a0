"""Ready-made PES through the daemon: unsigned, signed, with PJ beside it, PJ alone."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.e2e.conftest import Scene
from tests.e2e.fautifs import en_zip
from tests.e2e.theatre import JOUR, Dgfip, Poste, attendre, mandats
from vaguemestre.domain.flux import Etat
from vaguemestre.workflows.verdict import Essai


def pes(poste: Poste, bordereau: int, nomfic: str) -> bytes:
    """A PES as the finance software of Valombre makes it, under its own NomFic."""
    depot = mandats(poste.coulisse(f"pour-{nomfic}"), bordereau)
    vers = poste.coulisse(f"{nomfic}.xml")
    Essai(poste.config, "valombre").construire(depot, vers)
    octets = re.sub(rb'<NomFic V="[^"]*"/>', f'<NomFic V="{nomfic}"/>'.encode(), vers.read_bytes())
    vers.unlink()
    shutil.rmtree(depot)
    return octets


def sans_pj(octets: bytes) -> tuple[bytes, str, bytes]:
    """The same PES without its PES_PJ; the IdUnique that it refers to; the block."""
    bloc = re.search(rb"\s*<PES_PJ>.*</PES_PJ>", octets, re.DOTALL)
    assert bloc is not None
    ident = re.search(rb'<IdUnique V="([^"]+)"/>', bloc[0])
    assert ident is not None
    return octets.replace(bloc[0], b""), ident[1].decode(), bloc[0]


def fini(poste: Poste, dgfip: Dgfip, etats: list[Etat]) -> None:
    assert [vu.etat for vu in poste.regles(len(etats))] == etats
    assert dgfip.jamais_deux_fois()
    poste.arreter()
    assert poste.audit().intact


def test_non_signe_puis_deja_signe(scene: Scene) -> None:
    poste, dgfip = scene()
    poste.poser("export.xml", pes(poste, 101, "LOGICIEL_001"))
    poste.lancer()
    (flux,) = poste.regles(1)
    assert (flux.etat, flux.nomfic) == (Etat.ARCHIVE, "LOGICIEL_001")
    assert dgfip.noms() == [flux.nom_fil]
    parti = dgfip.recu(flux.nom_fil)
    assert b'<NomFic V="LOGICIEL_001"/>' in parti
    assert b"Signature" in parti
    # Signed by the sender: sent as it is, to the byte.
    brut, signe = poste.coulisse("brut.xml"), poste.coulisse("signe.xml")
    brut.write_bytes(pes(poste, 102, "LOGICIEL_002"))
    code, dit = poste.commande("sign", str(brut), "-o", str(signe))
    assert code == 0, dit
    octets = signe.read_bytes()
    poste.poser("export.xml", octets)
    (_, second) = poste.regles(2)
    assert second.etat is Etat.ARCHIVE
    assert dgfip.recu(second.nom_fil) == octets
    # What was signed, then changed, does not leave.
    signe.unlink()
    brut.write_bytes(pes(poste, 103, "LOGICIEL_003"))
    assert poste.commande("sign", str(brut), "-o", str(signe))[0] == 0
    change = signe.read_bytes().replace(b"Fournitures", b"Fourniture")
    assert change != signe.read_bytes()
    poste.poser("falsifie.xml", change)
    rejet = poste.rejet("falsifie.xml")
    assert {a["regle"].partition(".")[0] for a in rejet["anomalies"]} == {"sig"}
    fini(poste, dgfip, [Etat.ARCHIVE, Etat.ARCHIVE])
    assert len(dgfip.registre()) == 2
    assert poste.flux("falsifie.xml") == []


def test_meme_nomfic_et_memes_octets(scene: Scene) -> None:
    """NomFic + CodCol known, in flight and after; the same bytes; the same IdUnique."""
    poste, dgfip = scene({"regles": [{"delai": 3.0, "fois": 1}]})
    octets = pes(poste, 101, "LOGICIEL_001")
    poste.poser("export.xml", octets)
    poste.lancer()
    attendre(lambda: [vu.etat for vu in poste.flux()] == [Etat.EXPEDIE])
    poste.poser("memes-octets.xml", octets)
    poste.poser("meme-nomfic.xml", pes(poste, 102, "LOGICIEL_001"))
    trouvees = {a["regle"] for a in poste.rejet("memes-octets.xml")["anomalies"]}
    assert {"registre.nomfic", "registre.bordereau", "registre.pj"} <= trouvees
    (nomfic,) = poste.rejet("meme-nomfic.xml")["anomalies"]
    assert nomfic["regle"] == "registre.nomfic"
    assert "F00000001" in nomfic["message"]
    assert nomfic["ligne"]
    autre = pes(poste, 103, "LOGICIEL_003")
    _, ancien, _ = sans_pj(octets)
    _, sien, _ = sans_pj(autre)
    poste.poser("meme-idunique.xml", autre.replace(sien.encode(), ancien.encode()))
    bloquantes = {
        a["regle"]
        for a in poste.rejet("meme-idunique.xml")["anomalies"]
        if a["gravite"] != "avertissement"
    }
    assert bloquantes == {"registre.pj"}
    fini(poste, dgfip, [Etat.ARCHIVE])
    assert len(dgfip.registre()) == 1


def test_pj_a_cote(scene: Scene) -> None:
    """The PES lacks its PJ, which lies beside it: both leave, the PES untouched but signed."""
    poste, dgfip = scene()
    nu, ident, _ = sans_pj(pes(poste, 101, "LOGICIEL_001"))
    depot = poste.coulisse("avec-pj")
    depot.mkdir()
    (depot / "export.xml").write_bytes(nu)
    facture = fabrique_pdf(poste)
    (depot / f"{ident}.pdf").write_bytes(facture)
    depot.rename(poste.depots() / "avec-pj")
    poste.lancer()
    premier, second = poste.regles(2)
    assert (premier.nomfic, premier.etat, second.etat) == (
        "LOGICIEL_001",
        Etat.ARCHIVE,
        Etat.ARCHIVE,
    )
    assert b"<PES_PJ>" not in dgfip.recu(premier.nom_fil)
    pj = dgfip.recu(second.nom_fil)
    assert b"<Bordereau" not in pj
    assert ident.encode() in pj
    # Without its PJ, and the PJ nowhere: refused, at the line of the reference.
    orphelin, _, _ = sans_pj(pes(poste, 102, "LOGICIEL_002"))
    poste.poser("orphelin.xml", orphelin)
    (anomalie,) = poste.rejet("orphelin.xml")["anomalies"]
    assert anomalie["regle"] == "registre.pjref.absente"
    assert anomalie["ligne"]
    fini(poste, dgfip, [Etat.ARCHIVE, Etat.ARCHIVE])


def fabrique_pdf(poste: Poste) -> bytes:
    depot = mandats(poste.coulisse("pdf"), 109)
    octets: bytes = next(iter(sorted(depot.glob("*.pdf")))).read_bytes()
    shutil.rmtree(depot)
    return octets


def test_pj_seules(scene: Scene) -> None:
    """A PES_PJ alone carries no bordereau: not signed, not converted, sent and acknowledged."""
    poste, dgfip = scene()
    entier = pes(poste, 101, "LOGICIEL_PJ1")
    seules = re.sub(rb"\s*<PES_DepenseAller>.*</PES_DepenseAller>", b"", entier, flags=re.DOTALL)
    # Alone, a PJ says itself which pièce it belongs to.
    cible = b'<RefCompta><Domaine V="01"/><Exercice V="%d"/><TypeObjet V="01"/>' % JOUR.year
    cible += b'<Identifiant V="1010"/></RefCompta>'
    seules = seules.replace(b"</PJ>", cible + b"</PJ>")
    poste.poser("pj-seules.xml", seules)
    poste.lancer()
    (flux,) = poste.regles(1)
    assert flux.etat is Etat.ARCHIVE
    assert dgfip.recu(flux.nom_fil) == seules
    with poste.ouvert() as ouvertes:
        (pj,) = ouvertes.maison.registre.pjs(flux.id)
    assert pj.etat == "acceptee"
    # The bordereau that refers to it may follow without it.
    nu, ident, _ = sans_pj(entier.replace(b"LOGICIEL_PJ1", b"LOGICIEL_002"))
    assert ident == pj.id_unique
    poste.poser("suite.xml", nu)
    fini(poste, dgfip, [Etat.ARCHIVE, Etat.ARCHIVE])


def test_un_zip_de_meme_nom(scene: Scene) -> None:
    """`export.xml` and `export.zip` beside it are one deposit."""
    poste, dgfip = scene()
    nu, ident, _ = sans_pj(pes(poste, 101, "LOGICIEL_001"))
    poste.poser("export.zip", en_zip({f"{ident}.pdf": fabrique_pdf(poste)}))
    poste.poser("export.xml", nu)
    poste.lancer()
    poste.regles(2)
    traites = Path(poste.depots().parent / "traites")
    assert [p.name for p in traites.iterdir()] == ["export.xml"]
    assert len(dgfip.registre()) == 2


def test_un_entete_qui_n_est_pas_celui_du_dossier(scene: Scene) -> None:
    """§13 row 5: post, collectivité and budget against the local set-up, all at once."""
    poste, dgfip = scene()
    octets = pes(poste, 101, "LOGICIEL_001")
    for avant, apres in ((b"034011", b"034012"), (b'CodCol V="123"', b'CodCol V="124"')):
        assert avant in octets
        octets = octets.replace(avant, apres)
    poste.poser("ailleurs.xml", octets.replace(b'CodBud V="00"', b'CodBud V="01"'))
    poste.lancer()
    regles = {a["regle"] for a in poste.rejet("ailleurs.xml")["anomalies"] if a["valeur"]}
    assert {"depot.collectivite", "depot.poste", "depot.budget"} <= regles
    assert dgfip.registre() == []
