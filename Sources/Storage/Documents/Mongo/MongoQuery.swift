import AIBoxAPI

/// What is asked of MongoDB, as Extended JSON. Pure.
///
/// A stored document is `{_id: UUID, body: {…}, put: Date}`: names of the body cannot meet `_id`.
enum MongoQuery {
    static func stored(_ document: Document, id: UUIDv7, at time: Timestamp) -> JSONValue {
        .object([
            "_id": id.extendedJSON, "body": JSONValue.object(document.members).extendedJSON, "put": time.extendedJSON,
        ])
    }

    static func selector(_ ids: [UUIDv7]) -> JSONValue {
        .object(["_id": .object(["$in": .array(ids.map(\.extendedJSON))])])
    }

    static func selector(_ ids: [UUIDv7], putBefore time: Timestamp) -> JSONValue {
        .object([
            "_id": .object(["$in": .array(ids.map(\.extendedJSON))]), "put": .object(["$lt": time.extendedJSON]),
        ])
    }

    static func selector(_ id: UUIDv7) -> JSONValue { .object(["_id": id.extendedJSON]) }

    static func filter(_ filter: DocumentFilter, after id: UUIDv7?) -> JSONValue {
        var clauses = filter.conditions.flatMap(clauses)
        if let id { clauses.append(.object(["_id": .object(["$lt": id.extendedJSON])])) }
        return clauses.isEmpty ? .object([:]) : .object(["$and": .array(clauses)])
    }

    static func filter(_ filter: DocumentFilter, among ids: [UUIDv7]) -> JSONValue {
        .object(["$and": .array([selector(ids)] + filter.conditions.flatMap(clauses))])
    }

    /// - Parameter wholly: whether documents come with all they have, not with their `_id` alone.
    static func options(limit: Int, maximumTime milliseconds: Int32, wholly: Bool) -> JSONValue {
        var options: [String: JSONValue] = [
            "limit": JSONValue.integer(Int64(limit)).extendedJSON,
            "maxTimeMS": JSONValue.integer(Int64(milliseconds)).extendedJSON,
            "sort": .object(["_id": .object(["$numberInt": .string("-1")])]),
        ]
        if !wholly { options["projection"] = .object(["_id": .bool(true)]) }
        return .object(options)
    }

    /// The command as text: the order of its members and of the key's matters. Names have no quotes (`DocumentPath`).
    static func makeIndex(on path: DocumentPath, in collection: DocumentCollection) -> String {
        """
        {"createIndexes": "\(collection)", \
        "indexes": [{"key": {"body.\(path)": 1, "_id": -1}, "name": "by \(path)"}], \
        "writeConcern": {"w": "majority", "j": true, "wtimeout": \(MongoClientPool.majorityTime)}}
        """
    }

    private static func clauses(_ condition: DocumentFilter.Condition) -> [JSONValue] {
        let field = "body.\(condition.path)"
        let names = condition.path.names
        // A value that exists may be an array.
        let checked = condition.test == .exists ? names.dropLast() : names[...]
        return [.object([field: .object(test(condition.test))])] + withoutArrays(along: Array(checked))
    }

    private static func test(_ test: DocumentFilter.Test) -> [String: JSONValue] {
        switch test {
        case .exists: ["$exists": .bool(true)]
        // Equal to null is also what is not there; of the type null only what is.
        case .compare(_, .null): ["$type": type(10)]
        case .compare(let comparison, let value): [name(of: comparison): value.json.extendedJSON]
        case .oneOf(let values): ["$in": .array(values.map(\.json.extendedJSON))]
        }
    }

    private static func name(of comparison: DocumentFilter.Comparison) -> String {
        switch comparison {
        case .equal: "$eq"
        case .less: "$lt"
        case .atMost: "$lte"
        case .greater: "$gt"
        case .atLeast: "$gte"
        }
    }

    /// A path of MongoDB leads into the elements of arrays, ours does not: no value along it may be an array.
    private static func withoutArrays(along names: [String]) -> [JSONValue] {
        names.indices.map { index in
            let field = "body." + names[...index].joined(separator: ".")
            return .object([field: .object(["$not": .object(["$type": type(4)])])])
        }
    }

    /// A type by its number in BSON: libbson takes one by its name for a binary's.
    private static func type(_ number: Int) -> JSONValue { .object(["$numberInt": .string(String(number))]) }
}

extension DocumentFilter.Scalar {
    fileprivate var json: JSONValue {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let number): .integer(number)
        case .number(let number): .number(number)
        case .string(let text): .string(text)
        }
    }
}
