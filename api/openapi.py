"""The description of the API (OpenAPI 3.1), made from the same tables that the addresses are made from."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args, get_type_hints

import msgspec

from api.bodies import edge
from api.problems import KINDS, MEDIA_TYPE, Problem
from api.routes import Act, Open, Read, Route, Write, ids_in
from api.serving import BODY_LIMIT, JUSTIFICATION_LIMIT
from domain.facts import Sealed
from domain.ids import ID_PATTERN

REF: Final = "#/components/schemas/{name}"
JSON_TYPE: Final = "application/json"

_ALWAYS: Final = (400, 401, 403, 404, 405, 406, 429, 500, 503)
_WITH_BODY: Final = (408, 409, 413, 415, 422)
_EDITS: Final = (412, 428)
_OPEN: Final = (400, 405, 406, 500, 503)
_RETRY: Final = frozenset({429, 503})

Json = dict[str, Any]


def describe(routes: Sequence[Route], pages: Sequence[Open], version: str) -> bytes:
    """The document, byte for byte the same for the same code."""
    types: list[Any] = [Problem]
    for route in routes:
        match route:
            case Write():
                types.append(route.body)
            case Read():
                types += [route.answer, route.query]
            case Act():
                types += [route.body, route.answer]
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    _without_sealed(components)
    _without_uniqueness(components)
    schema_of = {id(one): schema for one, schema in zip(types, schemas, strict=True)}
    paths: dict[str, Json] = {}
    for one in (*routes, *pages):
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schema_of, components)
    for route in routes:
        if isinstance(route, Read):
            components.pop(route.query.__name__, None)
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Support hub",
            "version": version,
            "summary": "Referrals, case work and what came of it, for agencies that work together.",
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "This server"}],
        "security": [{"bearer": []}],
        "tags": [{"name": name} for name in sorted({_tag(one.path) for one in (*routes, *pages)})],
        "paths": {path: paths[path] for path in sorted(paths)},
        "components": {
            "schemas": dict(sorted(components.items())),
            "responses": {f"Problem{status}": _problem_response(status) for status in _statuses()},
            "headers": _HEADERS,
            "parameters": _PARAMETERS,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Given at `/oauth/token` to a machine that signs who it is, or made by"
                    " `hub token create`; names a worker, an agency, a role and a partnership.",
                }
            },
        },
    }
    return msgspec.json.encode(document)


_DESCRIPTION: Final = f"""
Everything a partnership decides is a command here, and everything it shows is a read. The token says which partnership.

* A write answers with the ids it made and its `position` in the log; a read with `?after=<position>` waits for it.
* Send an `Idempotency-Key` with a write: sent again, it gives the same answer and nothing happens twice.
* An edit (PUT, PATCH) says in `If-Match` which state of the resource was read.
* Every error is a problem (RFC 9457) whose `type` is an address here; a refusal names its `rule`.
* Bodies are JSON of at most {BODY_LIMIT} bytes. Unknown fields and parameters are refused; every time has an offset.
""".strip()

_HEADERS: Final[Json] = {
    "X-Request-ID": {"description": "The request's id, the client's own if it sent one.", "schema": {"type": "string"}},
    "ETag": {"description": "The resource's position and a hash of these bytes.", "schema": {"type": "string"}},
    "Location": {"description": "Where what was made can be read.", "schema": {"type": "string"}},
    "Link": {"description": 'The next page, as `rel="next"`.', "schema": {"type": "string"}},
    "Allow": {"description": "The methods that are allowed.", "schema": {"type": "string"}},
    "Retry-After": {"description": "In how many seconds to try again.", "schema": {"type": "integer", "minimum": 1}},
    "WWW-Authenticate": {"description": "How to sign in.", "schema": {"type": "string"}},
}

_PARAMETERS: Final[Json] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Names this request for good: sent again, it has the same outcome.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The ETag of the state that was read.",
        "required": True,
        "schema": {"type": "string"},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The ETag of what the client has.",
        "schema": {"type": "string"},
    },
    "Justification": {
        "name": "X-Justification",
        "in": "header",
        "description": "Why somebody looks, in their own words: sealed in the access ledger.",
        "schema": {"type": "string", "minLength": 1, "maxLength": JUSTIFICATION_LIMIT},
    },
    "After": {
        "name": "after",
        "in": "query",
        "description": "Wait until the answer contains this position of the log.",
        "schema": {"type": "integer", "minimum": 0, "maximum": 10**18 - 1},
    },
}


def _without_sealed(components: Json) -> None:
    """A reading opens or leaves out every sealed value before it is shown: none is ever sent."""
    sealed = {"$ref": REF.format(name=Sealed.__name__)}
    components.pop(Sealed.__name__, None)

    def clean(schema: object) -> None:
        match schema:
            case {"anyOf": list() as options}:
                options[:] = [one for one in options if one != sealed]
        for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
            clean(part)

    clean(components)


def _without_uniqueness(schema: object) -> None:
    """A set from outside may name a thing twice: it is one thing."""
    if isinstance(schema, dict):
        schema.pop("uniqueItems", None)
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        _without_uniqueness(part)


def _operation(route: Route | Open, schema_of: Mapping[int, Json], components: Mapping[str, Json]) -> Json:
    made: Json = {"operationId": operation_id(route), "tags": [_tag(route.path)], "summary": _summary(route)}
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": ID_PATTERN}}
        for name in ids_in(route.path)
    ]
    problems: tuple[int, ...] = _ALWAYS
    match route:
        case Write():
            made["description"] = " ".join((route.command.__doc__ or "").split())
            parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
            problems += _WITH_BODY
            if route.edits:
                parameters.append({"$ref": "#/components/parameters/IfMatch"})
                problems += _EDITS
            made["requestBody"] = _body(schema_of[id(route.body)], components)
            made["responses"] = {str(route.status): _answered(_outcome(route), located=route.location is not None)}
        case Act():
            problems += _WITH_BODY
            if route.keyed:
                parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
            made["requestBody"] = _body(schema_of[id(route.body)], components)
            made["responses"] = {str(route.status): _answered(schema_of[id(route.answer)], located=False)}
            if route.example is not None:
                told = (made["requestBody"], made["responses"][str(route.status)])
                for part, example in zip(told, route.example, strict=True):
                    part["content"][JSON_TYPE]["example"] = msgspec.json.decode(msgspec.json.encode(example))
        case Read():
            parameters.append({"$ref": "#/components/parameters/IfNoneMatch"})
            parameters.append({"$ref": "#/components/parameters/After"})
            parameters.append({"$ref": "#/components/parameters/Justification"})
            parameters += _query(schema_of[id(route.query)], components)
            made["responses"] = {
                "200": _answered(_listed(schema_of[id(route.answer)]), located=False, tagged=True),
                "304": {"description": "The client has this already.", "headers": _named("X-Request-ID", "ETag")},
            }
        case Open():
            made["security"] = []
            problems = _OPEN + ((404,) if ids_in(route.path) else ())
            made["responses"] = {
                "200": {
                    "description": "Done.",
                    "headers": _named("X-Request-ID"),
                    "content": {route.produces: {"schema": {} if route.produces == JSON_TYPE else {"type": "string"}}},
                }
            }
    if parameters:
        made["parameters"] = parameters
    made["responses"] |= {
        str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in sorted(set(problems))
    }
    return made


def operation_id(route: Route | Open) -> str:
    """The command's name for a write, the function's for a read."""
    if isinstance(route, Write):
        name = route.command.__name__
        return name[0].lower() + name[1:]
    return re.sub(r"_(\w)", lambda found: found[1].upper(), route.name)


def _summary(route: Route | Open) -> str:
    if isinstance(route, Write):
        words = re.sub(r"(?<!^)([A-Z])", r" \1", route.command.__name__)
        return words[0] + words[1:].lower()
    return route.summary


def _tag(path: str) -> str:
    parts = [part for part in path.split("/") if part]
    if not parts:
        return "pages"
    if parts[0] != "v1":
        return parts[0]
    named = [part for part in parts[1:] if not part.startswith("{")]
    nested = len(named) > 1 and parts[1] == "people" and f"/people/{{person}}/{named[1]}/{{" in path
    return named[1] if nested else named[0]


def _body(schema: Json, components: Mapping[str, Json]) -> Json:
    required = bool(_resolved(schema, components).get("required"))
    return {"required": required, "content": {JSON_TYPE: {"schema": schema}}}


def _resolved(schema: Json, components: Mapping[str, Json]) -> Json:
    reference = schema.get("$ref")
    return components[reference.rpartition("/")[2]] if reference else schema


def _outcome(route: Write) -> Json:
    hints = get_type_hints(route.command, include_extras=True)
    properties: Json = {name: _told(hints[name]) for name in route.tells}
    properties["position"] = {"type": "integer", "minimum": 0, "description": "What a read can wait for with `after`."}
    optional = {name for name in route.tells if type(None) in get_args(hints[name])}
    always = [name for name in route.tells if name not in optional]
    return {
        "type": "object",
        "properties": properties,
        "required": [*always, "position"],
        "additionalProperties": False,
    }


def _told(hint: object) -> Json:
    """The schema of an id or reference in an answer, which is left out where there is none."""
    schema = msgspec.json.schema(edge(hint))
    return next((one for one in schema.get("anyOf", ()) if one != {"type": "null"}), schema)


def _listed(schema: Json) -> Json:
    if schema.get("type") != "array":
        return schema
    cursor = {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "The `cursor` of the next page."}
    return {
        "type": "object",
        "properties": {"items": schema, "next": cursor},
        "required": ["items", "next"],
        "additionalProperties": False,
    }


def _answered(schema: Json, *, located: bool, tagged: bool = False) -> Json:
    headers = ["X-Request-ID", *(["Location"] if located else []), *(["ETag"] if tagged else [])]
    if tagged and "items" in schema.get("properties", {}):
        headers.append("Link")
    return {
        "description": "Made." if located else "Done.",
        "headers": _named(*headers),
        "content": {JSON_TYPE: {"schema": schema}},
    }


def _query(schema: Json, components: Mapping[str, Json]) -> list[Json]:
    resolved = _resolved(schema, components)
    required = resolved.get("required", ())
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            **({"description": one["description"]} if "description" in one else {}),
            **({"style": "form", "explode": False} if "array" in str(one) else {}),
            "schema": {key: value for key, value in one.items() if key != "description"},
        }
        for name, one in resolved.get("properties", {}).items()
    ]


def _statuses() -> list[int]:
    return sorted({*_ALWAYS, *_WITH_BODY, *_EDITS, *_OPEN})


def _problem_response(status: int) -> Json:
    kinds = [f"`{code}`: {kind.title}." for code, kind in KINDS.items() if kind.status == status]
    headers = ["X-Request-ID"]
    headers += ["Retry-After"] if status in _RETRY else []
    headers += ["WWW-Authenticate"] if status == 401 else []  # noqa: PLR2004
    headers += ["Allow"] if status == 405 else []  # noqa: PLR2004
    return {
        "description": "\n".join(kinds),
        "headers": _named(*headers),
        "content": {MEDIA_TYPE.decode(): {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _named(*names: str) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
