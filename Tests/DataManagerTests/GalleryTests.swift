import AIBoxAPI
import Foundation
import NIOCore
import ServiceClients
import Testing

@testable import DataManager

@Suite struct GalleryTests {
    /// Field report BL-05.
    static let names = [
        "[test]", "a/b", "..", "100%", "a+b", "a?b#c", "Nguy\u{1EC5}n", "Nguye\u{302}\u{303}n", "\u{1F44D}\u{1F3FD}",
        "\u{627}\u{644}\u{633}\u{644}\u{627}\u{645} \u{5D0}", "x", String(repeating: "n", count: 255),
        String(repeating: "\u{1EC5}", count: 255), "O'Brien\"; --", "robert", "Robert", "' OR 1=1 --", "%", "_", "*",
        "\u{110}\u{1EE9}c",
    ]

    @Test(arguments: names, TestRows.embedded)
    func aNameIsKeptFoundChangedAndDeleted(_ name: String, _ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            let (person, other) = (Person(name: name), Person(name: "zzz"))
            for person in [person, other] { try await manager.createPerson(person) }
            let expected = Array(name.precomposedStringWithCanonicalMapping.utf8)
            #expect(try await manager.person(person.id).map { Array($0.name.utf8) } == expected)
            for query in [name, String(name.prefix(1)), name.lowercased(), name.decomposedStringWithCanonicalMapping] {
                let found = try await manager.persons(PersonQuery { $0.name = query }).items
                #expect(found.map(\.id) == [person.id], "by \(query)")
            }
            #expect(try await manager.updatePerson(other.id, PersonChange(name: name))?.name == name)
            #expect(try await manager.persons(PersonQuery { $0.name = name }).items.count == 2, "never merged")
            #expect(try await manager.deletePerson(person.id))
            #expect(try await manager.personNames([person.id, other.id]).map { Array($1.utf8) } == [expected])
        }
    }

    static let refused = [
        "", " ", " a", "a ", "\u{A0}a", "a\u{3000}", "a\u{0}b", "\u{0}", "a\nb", "\u{7F}", "\u{9B}31m",
        "\u{202A}a", "\u{202E}txt", "a\u{2066}", "a\u{2069}b", "a\u{200E}", "\u{200F}a", "\u{61C}a",
        String(repeating: "n", count: 256), String(repeating: "n", count: 10_000),
    ]

    @Test(arguments: refused) func aNameThatCannotBeIsRefused(_ name: String) async throws {
        try await withDataManager { manager, _ in
            let person = Person(name: "x")
            try await manager.createPerson(person)
            let made = await problem { try await manager.createPerson(Person(name: name)) }
            let changed = await problem { _ = try await manager.updatePerson(person.id, PersonChange(name: name)) }
            for problem in [made, changed] {
                #expect(problem?.status == 422 && Set(problem?.errors?.map(\.field) ?? []) == ["name"])
            }
            #expect(try await manager.persons(PersonQuery()).items.map(\.name) == ["x"])
        }
    }

    private static func nested(_ depth: Int) -> JSONValue {
        (0..<depth).reduce(.null) { value, level in level % 2 == 0 ? .array([value]) : .object(["k": value]) }
    }

    @Test(arguments: [
        ("keys", ["k": JSONValue.object(Dictionary(uniqueKeysWithValues: (0..<64).map { ("\($0)", .null) }))]),
        ("depth", ["k": nested(8)]), ("depth far beyond", ["k": nested(100)]),
        ("size", ["k": .string(String(repeating: "x", count: 16 << 10))]),
        ("NUL in a value", ["k": .array([.string("a\u{0}")])]), ("NUL in a key", ["k": .object(["\u{0}": .null])]),
        ("not finite", ["k": .number(.nan)]),
    ])
    func metadataBeyondTheBoundsIsRefused(_ name: String, _ metadata: [String: JSONValue]) async throws {
        try await withDataManager { manager, _ in
            let problem = await problem { try await manager.createPerson(Person(name: "x", metadata: metadata)) }
            #expect(problem?.status == 422 && problem?.errors?.first?.field == "metadata")
        }
    }

    @Test(arguments: TestRows.here) func metadataWithinTheBoundsComesBack(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            let metadata: [String: JSONValue] = [
                "deep": Self.nested(7), "text": .string("line\n\u{1F44D}\t\"\\/"), "number": .number(-1.5e300),
                "": .array([.bool(false), .null, .object([:])]),
            ]
            let person = Person(name: "x", externalID: "y", metadata: metadata)
            try await manager.createPerson(person)
            #expect(try await manager.person(person.id)?.metadata == metadata)
        }
    }

    @Test(arguments: TestRows.here) func keysThatLookAlikeAreDifferent(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            let keys = ["\u{E9}", "e\u{301}", "E", "e", "a%", "a"]
            for key in keys { try await manager.createPerson(Person(name: key, externalID: key)) }
            for key in keys {
                let found = try await manager.persons(PersonQuery { $0.externalID = key }).items
                #expect(found.map { Array(($0.externalID ?? "").utf8) } == [Array(key.utf8)])
            }
        }
    }

    /// Field report BL-07, smaller.
    @Test(arguments: TestRows.embedded)
    func facesAddedAtOnceAreAllThereAfterReopening(_ rows: TestRows) async throws {
        let folder = try TestFolder()
        let first = try await DataManager(folder, on: rows)
        let persons = (0..<16).map { Person(name: "person \($0)") }
        for person in persons { try await first.createPerson(person) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, person) in persons.enumerated() {
                group.addTask {
                    for seed in 0..<40 {
                        let template = FaceTemplate.example(UInt64(number * 100 + seed), count: 128)
                        let face = try await first.addFace(.example(of: person.id), template: template, crop: nil)
                        #expect(face?.models == [template.model])
                    }
                }
            }
            try await group.waitForAll()
        }
        let before = try await first.galleryChanges(since: 0, limit: 10_000)
        await first.close()
        let second = try await DataManager(folder, on: rows)
        let after = try await second.galleryChanges(since: 0, limit: 10_000)
        #expect(after.faces.count == 640 && after.revision == 640 && Set(after.faces.map(\.id)).count == 640)
        #expect(after.faces.map(\.templates) == before.faces.map(\.templates))
        for person in persons { #expect(try await second.person(person.id)?.faceCount == 40) }
        _ = try await second.deleteFace(after.faces[0].id, ofPerson: after.faces[0].personID)
        #expect(try await second.galleryRevision() == 641, "the revision goes on where it was")
        await second.close()
    }

    @Test(arguments: TestRows.here) func aFaceWithMoreModelsThanFitIsRefused(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            let face = EnrolledFace.example(of: UUIDv7())
            try await manager.createPerson(Person(id: face.personID, name: "x"))
            _ = try await manager.addFace(face, template: .example(0, model: "m0"), crop: nil)
            for number in 1..<16 {
                #expect(try await manager.addTemplate(.example(1, model: "m\(number)"), toFace: face.id))
            }
            let revision = try await manager.galleryRevision()
            let more = await problem { _ = try await manager.addTemplate(.example(1, model: "m16"), toFace: face.id) }
            #expect(more?.status == 422)
            #expect(try await manager.galleryRevision() == revision, "what is refused changes nothing")
            #expect(try await manager.addTemplate(.example(2, model: "m15"), toFace: face.id))
        }
    }
}
