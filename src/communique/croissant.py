"""The dataset folder described in Croissant (MLCommons, 1.1), with its responsible-AI fields: `croissant.json`.

One record set for each Parquet file, `CONFIG/SPLIT`. A table column is a repeated field whose parts are read by a JSON
path. `conformsTo`, field names and the context are those of the specification.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import communique
from communique.dataset import Rows, parquet_path
from communique.schema import CONFIGS, DESCRIPTIONS, TABLES, Field

FILE = "croissant.json"

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES = {"string": "sc:Text", "label": "sc:Text", "offset": "sc:Integer", "boolean": "sc:Boolean", "date": "sc:Date"}


_RESPONSIBLE_AI: dict[str, Any] = {
    "rai:hasSyntheticData": True,
    "rai:dataCollection": "Articles written by language models from assignments over a fictional world; one real "
    "article handed over by the owner of the project.",
    "rai:dataAnnotationProtocol": "Two independent passes by language models from written guidelines, adjudicated with "
    "a reason for every disagreement.",
    "rai:dataLimitations": "No annotation was made or checked by people. Passes of one model share its errors. The "
    "world is fictional: nothing here tells about real states.",
    "rai:dataBiases": "Style, topics and errors of the language models that wrote and annotated it; five invented "
    "regions; English only.",
    "rai:personalSensitiveInformation": "None in the authored articles. The real article names two heads of state in "
    "their public function.",
    "rai:dataUseCases": "Comparing systems that find entities, events and quotes in English news; not for claims about "
    "real news, states or people.",
    "rai:dataSocialImpact": "Labels such as alleged or denied describe how an article presents an event, not what is "
    "true.",
}


def _source(file: str, column: str, path: str | None = None) -> dict[str, Any]:
    source: dict[str, Any] = {"fileObject": {"@id": file}, "extract": {"column": column}}
    return source | ({"transform": {"jsonPath": path}} if path else {})


def _told(table: str, field: Field) -> dict[str, str]:
    known = DESCRIPTIONS.get(f"{table}.{field.name}")
    return {"description": known} if known else {}


def _field(record_set: str, file: str, field: Field) -> dict[str, Any]:
    name = f"{record_set}/{field.name}"
    head = {"@type": "cr:Field", "@id": name, "name": name, **_told(record_set.split("/", maxsplit=1)[0], field)}
    if field.table:
        parts = [
            {"@type": "cr:Field", "@id": f"{name}/{item.name}", "name": f"{name}/{item.name}",
             **_told(field.table, item), "dataType": _TYPES[item.kind], "source": _source(file, field.name, item.name)}
            for item in TABLES[field.table]
        ]  # fmt: skip
        return head | {"repeated": True, "subField": parts}
    return head | {"dataType": _TYPES[field.kind], "repeated": field.listed, "source": _source(file, field.name)}


def croissant(rows: Rows, folder: Path, version: str) -> str:
    """The description of the data files of `folder`, which holds `rows`, as JSON text."""
    files = [(config, split, parquet_path(folder, config, split)) for config in CONFIGS for split in rows[config]]
    description = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": "communique",
        "description": "Diplomatic news, apart from the split real about a fictional world, annotated for entities, "
        "events and quotes on one offset space with shared ids. Articles (real excepted) and all annotation are made "
        "by language models.",
        "version": version,
        "datePublished": communique.RELEASED,
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "creator": {"@type": "sc:Organization", "name": "The Communiqué authors"},
        "keywords": ["diplomatic news", "named entities", "events", "quotations", "synthetic"],
        "inLanguage": "en",
        "citeAs": "The Communiqué authors (2026). Communiqué: diplomatic news annotated for entities, events, quotes.",
        **_RESPONSIBLE_AI,
        "distribution": [
            {"@type": "cr:FileObject", "@id": f"{config}/{split}.parquet", "name": f"{config}/{split}.parquet",
             "contentUrl": f"{config}/{split}.parquet", "encodingFormat": "application/x-parquet",
             "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
            for config, split, path in files
        ],
        "recordSet": [
            {"@type": "cr:RecordSet", "@id": f"{config}/{split}", "name": f"{config}/{split}",
             "key": {"@id": f"{config}/{split}/id"},
             "field": [_field(f"{config}/{split}", f"{config}/{split}.parquet", field) for field in CONFIGS[config]]}
            for config, split, _ in files
        ],
    }  # fmt: skip
    return json.dumps(description, ensure_ascii=False, indent=1) + "\n"
