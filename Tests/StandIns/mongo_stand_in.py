"""A stand-in for MongoDB, for tests. It is NOT MongoDB: documents in memory, one thread a connection.

It speaks the wire protocol (OP_MSG; OP_QUERY for the first hello) and knows the commands and operators that AI Box
uses, with MongoDB's rules for them: paths lead into arrays, comparisons stay within one type, texts compare by their
bytes, at most 101 documents in a first batch. BSON is read and written by pymongo's `bson`.

    mongo_stand_in.py [--port N] [--max-bson BYTES] [--certificate PEM --key PEM]

It prints `port N`, then obeys lines on its input and answers each with one line:

    fail COMMAND CODE [COUNT]        the command fails with a code, COUNT times or always
    write-error COMMAND CODE [COUNT] the same for the first document of it
    concern COMMAND [COUNT]          done, but not known to be on a majority's disks
    mute COMMAND [COUNT]             no answer
    cut COMMAND [COUNT]              half an answer, then the connection is closed
    delay COMMAND MILLISECONDS       answers later
    clear                            no more of that
    store NAMESPACE JSON             puts a document of Extended JSON into a collection
    seen                             the commands since the last time, as one line of JSON
"""

import argparse
import datetime
import json
import socket
import socketserver
import ssl
import struct
import sys
import threading
import time
import uuid

import bson
from bson import json_util
from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions

OPTIONS = CodecOptions(uuid_representation=UuidRepresentation.STANDARD)
JSON = json_util.CANONICAL_JSON_OPTIONS.with_options(uuid_representation=UuidRepresentation.STANDARD)
OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013
FIRST_BATCH = 101

lock = threading.Lock()
collections, cursors, faults, seen = {}, {}, {}, []
settings = None


# MARK: what matches

def kind(value):
    if value is None:
        return "null"
    for types, name in (
        (bool, "bool"), ((int, float), "number"), (str, "string"), (list, "array"), (uuid.UUID, "uuid"),
        (datetime.datetime, "date"),
    ):
        if isinstance(value, types):
            return name
    return "object"


def values(value, names):
    """Every value that a path leads to. Arrays stand for their elements too."""
    if not names:
        yield value
        if isinstance(value, list):
            yield from value
    elif isinstance(value, dict):
        if names[0] in value:
            yield from values(value[names[0]], names[1:])
    elif isinstance(value, list):
        for element in value:
            if isinstance(element, dict):
                yield from values(element, names)


def ordered(value):
    return value.bytes if isinstance(value, uuid.UUID) else value


COMPARISONS = {
    "$eq": lambda a, b: a == b,
    "$lt": lambda a, b: a < b,
    "$lte": lambda a, b: a <= b,
    "$gt": lambda a, b: a > b,
    "$gte": lambda a, b: a >= b,
}


def holds(found, operator, operand):
    if operator in COMPARISONS:
        return any(
            kind(v) == kind(operand) and COMPARISONS[operator](ordered(v), ordered(operand)) for v in found)
    if operator == "$in":
        return any(holds(found, "$eq", one) for one in operand)
    if operator == "$exists":
        return bool(found) == operand
    if operator == "$type":
        return any(kind(v) == {4: "array", 10: "null"}[operand] for v in found)
    if operator == "$not":
        return not all(holds(found, name, inner) for name, inner in operand.items())
    raise Failure(2, "unknown operator: " + operator)


def matches(document, query):
    for key, test in query.items():
        if key == "$and":
            if not all(matches(document, part) for part in test):
                return False
            continue
        found = list(values(document, key.split(".")))
        is_test = isinstance(test, dict) and all(name.startswith("$") for name in test)
        tests = test if is_test else {"$eq": test}
        if not all(holds(found, operator, operand) for operator, operand in tests.items()):
            return False
    return True


# MARK: commands

class Failure(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def hello(command):
    return {
        "helloOk": True, "ismaster": True, "isWritablePrimary": True, "maxBsonObjectSize": settings.max_bson,
        "maxMessageSizeBytes": 48000000, "maxWriteBatchSize": 100000, "logicalSessionTimeoutMinutes": 30,
        "minWireVersion": 0, "maxWireVersion": 17, "readOnly": False,
    }


def namespace(command, name):
    return collections.setdefault(command["$db"] + "." + command[name], {})


def update(command):
    documents, count, upserted = namespace(command, "update"), 0, []
    for index, one in enumerate(command["updates"]):
        found = [key for key, document in documents.items() if matches(document, one["q"])]
        if not found and one.get("upsert"):
            found = [one["u"].get("_id", one["q"].get("_id"))]
            upserted.append({"index": index, "_id": found[0]})
        for key in found[:1]:
            documents[key] = {"_id": key, **one["u"]}
            count += 1
    return {"n": count, "nModified": count - len(upserted), **({"upserted": upserted} if upserted else {})}


def insert(command):
    documents = namespace(command, "insert")
    for document in command["documents"]:
        documents[document["_id"]] = document
    return {"n": len(command["documents"])}


def delete(command):
    documents, count = namespace(command, "delete"), 0
    for one in command["deletes"]:
        found = [key for key, document in documents.items() if matches(document, one["q"])]
        for key in found[: one["limit"] or None]:
            del documents[key]
            count += 1
    return {"n": count}


def batch(name, documents, cursor, ns, size):
    now, rest = documents[:size], documents[size:]
    if rest:
        cursors[cursor] = (rest, ns)
    return {"cursor": {"id": bson.Int64(cursor if rest else 0), "ns": ns, name: now}}


def find(command):
    found = [d for d in namespace(command, "find").values() if matches(d, command.get("filter", {}))]
    for field, direction in reversed(command.get("sort", {}).items()):
        found.sort(key=lambda d: ordered(d[field]), reverse=direction < 0)
    found = found[: abs(command.get("limit", 0)) or None]
    if command.get("projection"):
        found = [{field: d[field] for field in command["projection"] if field in d} for d in found]
    size = command.get("batchSize", FIRST_BATCH)
    return batch("firstBatch", found, len(cursors) + 1, command["$db"] + "." + command["find"], size)


def get_more(command):
    if command["getMore"] not in cursors:
        raise Failure(43, "cursor not found")
    documents, ns = cursors.pop(command["getMore"])
    return batch("nextBatch", documents, command["getMore"], ns, command.get("batchSize", len(documents)))


def kill_cursors(command):
    for cursor in command["cursors"]:
        cursors.pop(cursor, None)
    return {"cursorsKilled": command["cursors"]}


def refuse_login(command):
    raise Failure(18, "Authentication failed.")


COMMANDS = {
    "hello": hello, "isMaster": hello, "ismaster": hello, "ping": lambda c: {}, "update": update, "insert": insert,
    "delete": delete, "find": find, "getMore": get_more, "killCursors": kill_cursors, "endSessions": lambda c: {},
    "createIndexes": lambda c: {}, "buildInfo": lambda c: {"version": "7.0.0-stand-in"}, "saslStart": refuse_login,
}


def take_fault(name):
    fault = faults.get(name)
    if fault and fault["count"] is not None:
        fault["count"] -= 1
        if fault["count"] <= 0:
            del faults[name]
    return fault or {"what": None}


def answer(command):
    """The reply, and the fault that its sender still has to act out."""
    name = next(iter(command))
    with lock:
        if COMMANDS.get(name) is not hello or "client" in command:
            seen.append(command)
        fault = take_fault(name)
        what = fault["what"]
        try:
            if what == "fail":
                raise Failure(fault["value"], "told to fail")
            if what == "write-error":
                error = {"index": 0, "code": fault["value"], "errmsg": "told to fail"}
                return {"n": 0, "writeErrors": [error], "ok": 1.0}, fault
            if name not in COMMANDS:
                raise Failure(59, "no such command: " + name)
            reply = {**COMMANDS[name](command), "ok": 1.0}
            if what == "concern":
                reply["writeConcernError"] = {"code": 64, "errmsg": "waiting for replication timed out"}
            return reply, fault
        except Failure as failure:
            return {"ok": 0.0, "code": failure.code, "errmsg": str(failure)}, fault


# MARK: the wire

def read(stream, size):
    data = b""
    while len(data) < size:
        piece = stream.recv(size - len(data))
        if not piece:
            raise ConnectionError
        data += piece
    return data


def read_command(stream):
    length, request, _, operation = struct.unpack("<iiii", read(stream, 16))
    body = read(stream, length - 16)
    if operation == OP_QUERY:
        start = body.index(0, 4) + 9
        return request, operation, bson.decode(body[start:], OPTIONS)
    position, command = 4, {}
    while position < len(body):
        section, position = body[position], position + 1
        size = struct.unpack_from("<i", body, position)[0]
        part = body[position:position + size]
        position += size
        if section == 0:
            command = {**bson.decode(part, OPTIONS), **command}
        else:
            end = part.index(0, 4)
            command[part[4:end].decode()] = bson.decode_all(part[end + 1:], OPTIONS)
    # The body names the command, wherever it stood; its name comes first.
    first = next(key for key in command if key in COMMANDS or not isinstance(command[key], list))
    return request, operation, {first: command.pop(first), **command}


def pack(request, operation, reply):
    document = bson.encode(reply, codec_options=OPTIONS)
    if operation == OP_QUERY:
        body, operation = struct.pack("<iqii", 8, 0, 0, 1) + document, OP_REPLY
    else:
        body = struct.pack("<iB", 0, 0) + document
    return struct.pack("<iiii", 16 + len(body), 0, request, operation) + body


class Connection(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            stream = self.secured()
            while True:
                request, operation, command = read_command(stream)
                reply, fault = answer(command)
                message = pack(request, operation, reply)
                if fault["what"] == "mute":
                    continue
                if fault["what"] == "cut":
                    stream.sendall(message[: len(message) // 2])
                    stream.shutdown(socket.SHUT_RDWR)
                    return
                if fault["what"] == "delay":
                    time.sleep(fault["value"] / 1000)
                stream.sendall(message)
        except (ConnectionError, OSError):
            pass

    def secured(self):
        if not settings.certificate:
            return self.request
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(settings.certificate, settings.key)
        return context.wrap_socket(self.request, server_side=True)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


def obey(line):
    words = line.split()
    with lock:
        if words == ["clear"]:
            faults.clear()
        elif words == ["seen"]:
            text = json_util.dumps(seen, json_options=JSON)
            seen.clear()
            return text
        elif words[0] == "store":
            document = json_util.loads(line.split(maxsplit=2)[2], json_options=JSON)
            collections.setdefault(words[1], {})[document["_id"]] = document
        else:
            what, command, *numbers = words
            takes_value = what in ("fail", "write-error", "delay")
            value = int(numbers.pop(0)) if takes_value else None
            faults[command] = {"what": what, "value": value, "count": int(numbers[0]) if numbers else None}
    return json.dumps("ok")


def main():
    global settings
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--max-bson", type=int, default=16 << 20)
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    settings = parser.parse_args()
    server = Server(("127.0.0.1", settings.port), Connection)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("port", server.server_address[1], flush=True)
    for line in sys.stdin:
        print(obey(line), flush=True)


main()
