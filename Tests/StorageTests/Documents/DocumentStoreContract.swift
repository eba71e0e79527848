import AIBoxAPI
import Testing

@testable import Storage

/// What every document store does. Each test has a collection of its own.
struct DocumentStoreContract {
    let store: any DocumentStore
    let collection: DocumentCollection

    init(_ store: any DocumentStore) throws {
        self.store = store
        collection = try DocumentCollection("c" + UUIDv7().description.replacing("-", with: ""))
    }

    func holds() async throws {
        try await putsReadsAndRemoves()
        try await keepsEveryValue()
        try await pagesNewestFirst()
        try await comparesWithinKinds(indexed: false)
        try await comparesWithinKinds(indexed: true)
        try await leadsThroughObjectsOnly()
        try await joinsConditions()
        try await mergesWhatOneOfSeveralValuesHas()
        try await keepsCollectionsApart()
        try await refusesWhatIsTooMuch()
        try await takesLongTextsUnderAnIndex()
        try await takesManyAtOnce()
    }

    private func putsReadsAndRemoves() async throws {
        let (first, second, absent) = (UUIDv7(), UUIDv7(), UUIDv7())
        let document = try Document(["a": .integer(1)])
        let other = try Document(["b": .string("x")])
        #expect(try await store.get([first], in: collection).isEmpty)
        for _ in 1...2 { try await store.put(document, id: first, in: collection) }
        try await store.put(document, id: second, in: collection)
        try await store.put(other, id: second, in: collection)
        #expect(
            try await store.get([absent, second, first, first], in: collection) == [first: document, second: other])
        #expect(try await store.get([], in: collection).isEmpty)
        try await store.delete([first, absent], in: collection)
        try await store.delete([], in: collection)
        #expect(try await store.get([first, second], in: collection) == [second: other])
        try await store.delete([second], in: collection)
        #expect(try await store.find(.all, in: collection, after: nil, limit: 10).isEmpty)
    }

    private func keepsEveryValue() async throws {
        let deep = (1..<32).reduce(JSONValue.object([:])) { value, _ in .object(["a": value]) }
        let documents = try [
            Document([:]),
            Document([
                "": .null, "_id": .string("mine"), "a.b": .integer(1), "with space": .bool(true),
                "ü\"\\'": .bool(false),
                "max": .integer(.max), "min": .integer(.min), "odd": .integer(9_007_199_254_740_993),
                "large": .number(1.7976931348623157e308), "small": .number(.leastNonzeroMagnitude),
                "tenth": .number(-0.1),
                "list": .array([.null, .array([]), .object([:]), .string("\u{1}\n\u{1F600}\u{FFFF}")]),
                "empty": .string(""),
            ]),
            Document(deep.members),
            Document(["text": .string(String(repeating: "ä", count: 500_000))]),
            Document(["numbers": .array(Array(repeating: .number(1.5e300), count: 19_000))]),
        ]
        for document in documents {
            let id = UUIDv7()
            try await store.put(document, id: id, in: collection)
            #expect(try await store.get([id], in: collection)[id] == document)
            #expect(try await store.find(.all, in: collection, after: nil, limit: 1) == [id])
        }
    }

    private func pagesNewestFirst() async throws {
        let ids = try await fill((0..<130).map { ["page": .integer($0)] })
        let filter = try DocumentFilter([(DocumentPath("page"), .exists)])
        var pages: [[UUIDv7]] = []
        while pages.last?.isEmpty != true {
            let page = try await store.find(filter, in: collection, after: pages.last?.last, limit: 50)
            pages.append(page)
        }
        #expect(pages.map(\.count) == [50, 50, 30, 0])
        #expect(pages.flatMap { $0 } == ids.reversed())
        // More than MongoDB sends in its first batch.
        #expect(try await store.find(filter, in: collection, after: nil, limit: 130) == ids.reversed())
        let among = [ids[3], UUIDv7(), ids[70], ids[3]]
        #expect(try await store.matches(of: filter, among: among, in: collection) == [ids[3], ids[70]])
        #expect(try await store.matches(of: filter, among: [], in: collection).isEmpty)
        #expect(try await store.matches(of: filter, among: ids, in: collection) == Set(ids))
    }

    private func comparesWithinKinds(indexed: Bool) async throws {
        let name = indexed ? "indexed" : "value"
        let path = try DocumentPath("m.\(name)")
        if indexed { for _ in 1...2 { try await store.ensureIndex(on: path, in: collection) } }
        let values: [JSONValue] = [
            .null, .bool(false), .bool(true), .integer(0), .integer(1), .number(1.5), .integer(9_007_199_254_740_993),
            .number(0.1), .number(1e300), .integer(-5), .string(""), .string("1"), .string("Z"), .string("a"),
            .string("ä"), .string("z"), .string("\u{FFFF}"), .string("\u{1F600}"), .array([.integer(1)]),
            .object(["x": .integer(1)]), .string("true"), .string("null"), .string("[1]"),
        ]
        let ids = try await fill(values.map { ["m": .object([name: $0])] })
        func found(_ test: DocumentFilter.Test) async throws -> Set<JSONValue> {
            let stored = try await store.find(DocumentFilter([(path, test)]), in: collection, after: nil, limit: 100)
            return Set(stored.map { values[ids.firstIndex(of: $0) ?? 0] })
        }
        let table: [(DocumentFilter.Test, Set<JSONValue>)] = [
            (.exists, Set(values)),
            (.compare(.equal, .null), [.null]),
            (.compare(.equal, .bool(true)), [.bool(true)]),
            (.compare(.equal, .bool(false)), [.bool(false)]),
            (.compare(.equal, .integer(1)), [.integer(1)]),
            (.compare(.equal, .number(1)), [.integer(1)]),
            (.compare(.equal, .number(0.1)), [.number(0.1)]),
            (.compare(.equal, .number(1e300)), [.number(1e300)]),
            (.compare(.equal, .integer(9_007_199_254_740_993)), [.integer(9_007_199_254_740_993)]),
            (.compare(.equal, .integer(9_007_199_254_740_992)), []),
            (.compare(.greater, .number(9_007_199_254_740_992)), [.integer(9_007_199_254_740_993), .number(1e300)]),
            (.compare(.less, .number(0.1)), [.integer(0), .integer(-5)]),
            (.compare(.atMost, .number(0.1)), [.integer(0), .integer(-5), .number(0.1)]),
            (
                .compare(.atLeast, .number(1.5)),
                [.number(1.5), .integer(9_007_199_254_740_993), .number(1e300)]
            ),
            (.compare(.equal, .string("")), [.string("")]),
            (.compare(.equal, .string("1")), [.string("1")]),
            (.compare(.equal, .string("true")), [.string("true")]),
            (.oneOf([.integer(1), .string("1")]), [.integer(1), .string("1")]),
            (.oneOf([.string("true"), .bool(true)]), [.string("true"), .bool(true)]),
            (.oneOf([.number(1e300), .bool(false)]), [.number(1e300), .bool(false)]),
            (.oneOf([.string("no such")]), []),
            (.compare(.equal, .string("[1]")), [.string("[1]")]),
            (.compare(.equal, .string("a")), [.string("a")]),
            (.compare(.less, .string("Z")), [.string(""), .string("1")]),
            (.compare(.greater, .string("z")), [.string("ä"), .string("\u{FFFF}"), .string("\u{1F600}")]),
            (.compare(.greater, .string("\u{FFFF}")), [.string("\u{1F600}")]),
            (.compare(.atLeast, .string("\u{1F600}")), [.string("\u{1F600}")]),
        ]
        for (test, expected) in table {
            #expect(try await found(test) == expected, "\(test), indexed: \(indexed)")
            let matches = try await store.matches(of: DocumentFilter([(path, test)]), among: ids, in: collection)
            #expect(Set(matches.map { values[ids.firstIndex(of: $0) ?? 0] }) == expected, "\(test), \(indexed)")
        }
        try await store.delete(ids, in: collection)
    }

    private func leadsThroughObjectsOnly() async throws {
        let element = JSONValue.object(["inner": .integer(1)])
        let ids = try await fill([
            ["outer": element], ["outer": .array([element])], ["outer": .array([.array([element])])], ["outer": .null],
            ["outer": .string("inner")], ["outer": .object(["inner": .array([.integer(1)])])],
            ["outer.inner": .integer(1)],
        ])
        let path = try DocumentPath("outer.inner")
        func found(_ test: DocumentFilter.Test) async throws -> [UUIDv7] {
            try await store.find(DocumentFilter([(path, test)]), in: collection, after: nil, limit: 10)
        }
        #expect(try await found(.compare(.equal, .integer(1))) == [ids[0]])
        #expect(try await found(.compare(.atLeast, .integer(0))) == [ids[0]])
    }

    private func joinsConditions() async throws {
        let ids = try await fill(
            (0..<20).map { ["n": .integer($0), "even": .bool($0 % 2 == 0), "t": .string("t\($0)")] })
        let (number, even, text) = try (DocumentPath("n"), DocumentPath("even"), DocumentPath("t"))
        let range = try DocumentFilter([
            (number, .compare(.greater, .integer(4))), (number, .compare(.atMost, .number(10.5))),
            (even, .compare(.equal, .bool(true))),
        ])
        #expect(
            try await store.find(range, in: collection, after: nil, limit: 20) == [ids[10], ids[8], ids[6]])
        #expect(try await store.find(range, in: collection, after: ids[8], limit: 20) == [ids[6]])
        #expect(try await store.matches(of: range, among: Array(ids[..<9]), in: collection) == [ids[8], ids[6]])
        let none = try DocumentFilter([
            (number, .compare(.equal, .integer(3))), (text, .compare(.equal, .string("t4"))),
        ])
        #expect(try await store.find(none, in: collection, after: nil, limit: 20).isEmpty)
        let absent = try DocumentFilter([(DocumentPath("n.m"), .exists)])
        #expect(try await store.find(absent, in: collection, after: nil, limit: 20).isEmpty)
    }

    private func mergesWhatOneOfSeveralValuesHas() async throws {
        let path = try DocumentPath("lane")
        try await store.ensureIndex(on: path, in: collection)
        let ids = try await fill(
            (0..<12).map { ["lane": $0 % 3 == 0 ? .integer(2) : $0 % 3 == 1 ? .string("2") : .bool(true)] })
        let filter = try DocumentFilter([(path, .oneOf([.integer(2), .string("2")]))])
        let expected = ids.indices.filter { $0 % 3 != 2 }.map { ids[$0] }.reversed()
        var found: [UUIDv7] = []
        repeat {
            let page = try await store.find(filter, in: collection, after: found.last, limit: 3)
            found += page
            if page.count < 3 { break }
        } while found.count < 12
        #expect(found == Array(expected))
    }

    private func keepsCollectionsApart() async throws {
        let other = try DocumentCollection(collection.name + "_other")
        let id = UUIDv7()
        let (here, there) = try (Document(["here": .bool(true)]), Document(["here": .bool(false)]))
        try await store.put(here, id: id, in: collection)
        try await store.put(there, id: id, in: other)
        try await store.delete([id], in: collection)
        #expect(try await store.get([id], in: collection).isEmpty)
        #expect(try await store.get([id], in: other) == [id: there])
    }

    private func refusesWhatIsTooMuch() async throws {
        for limit in [-1, 0, DocumentLimits.page + 1] {
            await #expect(throws: StorageError.self) {
                try await store.find(.all, in: collection, after: nil, limit: limit)
            }
        }
        for values in [[], [.null], [.null, .integer(1)], (0..<5).map { DocumentFilter.Scalar.integer($0) }] {
            #expect(throws: StorageError.self) { try DocumentFilter([(DocumentPath("a"), .oneOf(values))]) }
        }
        let many = (0...DocumentLimits.page).map { _ in UUIDv7() }
        await #expect(throws: StorageError.self) { try await store.matches(of: .all, among: many, in: collection) }
        let ids = (0...DocumentLimits.identifiers).map { _ in UUIDv7() }
        await #expect(throws: StorageError.self) { try await store.get(ids, in: collection) }
        await #expect(throws: StorageError.self) { try await store.delete(ids, in: collection) }
        #expect(try await store.get(Array(ids.dropLast()), in: collection).isEmpty)
    }

    private func takesLongTextsUnderAnIndex() async throws {
        let path = try DocumentPath("long")
        try await store.ensureIndex(on: path, in: collection)
        // Random, so that no index can press it together; alike for longer than an index looks.
        let beginning = String((0..<3000).map { _ in Character(Unicode.Scalar(UInt8.random(in: 0x61...0x7A))) })
        let texts = ["a", "b", "c"].map { beginning + $0 + String(repeating: "é", count: 50_000) }
        let ids = try await fill(texts.map { ["long": .string($0)] })
        func found(_ comparison: DocumentFilter.Comparison, _ text: String) async throws -> [UUIDv7] {
            let filter = try DocumentFilter([(path, .compare(comparison, .string(text)))])
            return try await store.find(filter, in: collection, after: nil, limit: 10)
        }
        #expect(try await found(.less, beginning + "b") == [ids[0]])
        #expect(try await found(.greater, beginning + "b") == [ids[2], ids[1]])
        #expect(try await found(.equal, beginning).isEmpty)
        // As large as a filter may have it; the index looks at less of it.
        let alike = ["x", "y"].map { String(beginning.prefix(4000)) + $0 }
        let short = try await fill(alike.map { ["long": .string($0)] })
        #expect(try await found(.equal, alike[1]) == [short[1]])
    }

    private func takesManyAtOnce() async throws {
        let id = UUIDv7()
        try await withThrowingTaskGroup { group in
            for index in 0..<60 {
                group.addTask {
                    try await store.put(
                        Document(["n": .integer(Int64(index))]), id: index % 2 == 0 ? id : UUIDv7(), in: collection)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.get([id], in: collection)[id] != nil)
    }

    /// Stores them in order of their identifiers.
    private func fill(_ documents: [[String: JSONValue]]) async throws -> [UUIDv7] {
        var ids: [UUIDv7] = []
        for members in documents {
            ids.append(UUIDv7())
            try await store.put(Document(members), id: ids[ids.count - 1], in: collection)
        }
        return ids
    }
}

extension JSONValue {
    fileprivate var members: [String: JSONValue] {
        if case .object(let members) = self { members } else { [:] }
    }
}
