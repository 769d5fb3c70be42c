"""Harvests a tracker as an open-data portal does: validates its data package with every table in it,
and reads its catalogue as RDF with what DCAT-AP 3 demands."""

import sys
from collections.abc import Iterator

from frictionless import Package, system
from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, Literal, URIRef
from rdflib.term import Node

# What each class must have (DCAT-AP 3, "mandatory"), and of a catalogue also its datasets.
MANDATORY = {
    DCAT.Catalog: [DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCAT.dataset],
    DCAT.Dataset: [DCTERMS.title, DCTERMS.description, DCAT.distribution],
    DCAT.Distribution: [DCAT.accessURL],
    DCAT.DataService: [DCTERMS.title, DCAT.endpointURL],
    FOAF.Agent: [FOAF.name],
}
# What is text in a language or without, and what names something else, of which class if we say so.
TEXTS = {DCTERMS.title, DCTERMS.description, FOAF.name}
CLASSES = {
    DCTERMS.publisher: FOAF.Agent,
    DCAT.dataset: DCAT.Dataset,
    DCAT.distribution: DCAT.Distribution,
}


def faults_of_package(address: str) -> Iterator[str]:
    """What frictionless finds in the package and in its tables, read from where they are."""
    with system.use_context(trusted=True):
        package = Package(f"{address}/api/v1/datasets/datapackage.json")
        report = package.validate()
    for place in report.flatten(["name", "rowNumber", "fieldName", "type", "message"]):
        yield f"package: {place}"
    rows = {task.name: task.stats.get("rows") or 0 for task in report.tasks}
    print(f"frictionless: {len(rows)} tables with {sum(rows.values())} rows")
    if sorted(rows) != sorted(resource.name for resource in package.resources):
        yield "package: not every table was read"
    if not rows.get("commitments"):
        yield "package: there are no commitments in it"


def faults_of_catalogue(address: str) -> Iterator[str]:
    """What the catalogue lacks of DCAT-AP 3."""
    graph = Graph()
    graph.parse(f"{address}/api/v1/datasets", format="json-ld")
    graph.serialize(format="turtle")
    for kind, properties in MANDATORY.items():
        things = list(graph.subjects(RDF.type, kind))
        print(f"DCAT-AP: {len(things)} of {kind.n3(graph.namespace_manager)}")
        if not things:
            yield f"catalogue: no {kind}"
        for thing in things:
            for wanted in properties:
                values = list(graph.objects(thing, wanted))
                if not values:
                    yield f"catalogue: {thing} has no {wanted}"
                yield from (
                    f"catalogue: {wanted} of {thing} cannot be {value!r}"
                    for value in values
                    if not suits(graph, wanted, value)
                )


def suits(graph: Graph, wanted: URIRef, value: Node) -> bool:
    """Whether a property can have this value."""
    if wanted in TEXTS:
        return isinstance(value, Literal) and bool(str(value).strip())
    if wanted in CLASSES:
        return (value, RDF.type, CLASSES[wanted]) in graph
    return isinstance(value, URIRef)


if __name__ == "__main__":
    faults = [*faults_of_package(sys.argv[1]), *faults_of_catalogue(sys.argv[1])]
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)
