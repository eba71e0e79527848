import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct PersonTests {
    /// Field report BL-05: every name is reachable, or refused at once.
    private static let names: [(name: String, isAccepted: Bool)] = [
        ("[test]", true), ("a/b", true), ("..", true), ("100%", true), ("a+b", true), ("a?b#c", true),
        ("Nguy\u{1EC5}n", true), ("Nguye\u{302}\u{303}n", true), ("👩🏽‍🔬", true), ("שלום עולם", true),
        ("\u{202E}abc", false), ("a\u{2067}b", false), ("a\u{200F}", false), (" lead", false), ("trail ", false),
        ("\u{3000}wide", false), ("x", true),
        (String(repeating: "ü", count: 255), true), (String(repeating: "x", count: 256), false),
        (String(repeating: "x", count: 10_000), false), (#"O'Brien"; --"#, true), ("", false), ("a\u{0}b", false),
        ("a\nb", false),
    ]

    @Test(arguments: names)
    func everyNameIsReachableOrRefused(name: String, isAccepted: Bool) async throws {
        try await withGateway { box in
            let client = try await box.client()
            guard isAccepted else {
                let problem = await #expect(throws: Problem.self) {
                    try await client.createPerson(NewPerson(name: name))
                }
                #expect(problem?.status == 422 && problem?.errors?.map(\.field) == ["name"])
                #expect(try await client.persons().items.isEmpty)
                return
            }
            let composed = Array(name.precomposedStringWithCanonicalMapping.unicodeScalars)
            let made = try await client.createPerson(NewPerson(name: name))
            #expect(Array(made.name.unicodeScalars) == composed)
            #expect(try await client.person(made.id) == made)
            var query = PersonQuery()
            query.name = name
            #expect(try await client.persons(query).items == [made])
            let renamed = try await client.updatePerson(made.id, PersonChange(name: "other"))
            #expect(renamed.name == "other" && renamed.id == made.id)
            let back = try await client.updatePerson(made.id, PersonChange(name: name))
            #expect(Array(back.name.unicodeScalars) == composed)
            try await client.deletePerson(made.id)
            #expect(try await client.persons().items.isEmpty)
            await #expect(throws: Problem.self) { try await client.person(made.id) }
        }
    }

    @Test func namesThatDifferInCaseAreTwoPersons() async throws {
        try await withGateway { box in
            let client = try await box.client()
            let upper = try await client.createPerson(NewPerson(name: "ANNA"))
            let lower = try await client.createPerson(NewPerson(name: "anna"))
            #expect(upper.id != lower.id)
            try await client.deletePerson(upper.id)
            #expect(try await client.persons().items == [lower])
        }
    }

    @Test(arguments: names.filter { $0.name.utf8.count <= 1000 })
    func nameOfTheFileDecidesNothing(name: String, isAccepted: Bool) async throws {
        let quoted = name.replacing("\\", with: "\\\\").replacing("\"", with: "%22").replacing("\n", with: "%0A")
        let unreserved = CharacterSet.alphanumerics.intersection(CharacterSet(charactersIn: "\u{0}"..."~"))
        let escaped = name.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
        let parameters = [
            #"name="image"; filename="\#(quoted.replacing("\u{0}", with: ""))""#,
            #"name="image"; filename*=UTF-8''\#(escaped)"#,
            #"name="image"; filename="x"; filename*=UTF-8''\#(escaped)"#, #"name="image""#,
            "name=image; filename=a.jpg",
        ]
        try await withGateway { box in
            let client = try await box.client()
            let person = try await client.createPerson(NewPerson(name: "a"))
            for parameter in parameters {
                let answer = try await box.call(
                    .POST, "/human-analysis/persons/\(person.id)/faces", token: await client.accessToken,
                    headers: [Body.form], body: Body.form([(parameter, RunningGateway.picture)]))
                #expect(answer.status == 201, "\(parameter): \(String(buffer: answer.body))")
            }
        }
    }

    @Test func externalKeyIsOfOnePersonAlone() async throws {
        try await withGateway { box in
            let client = try await box.client()
            let first = try await client.createPerson(NewPerson(name: "a", externalID: "k1"))
            let second = try await client.createPerson(
                NewPerson(name: "b", externalID: "k2", metadata: ["floor": .number(3)]))
            let made = await #expect(throws: Problem.self) {
                try await client.createPerson(NewPerson(name: "c", externalID: "k1"))
            }
            #expect(made?.status == 409)
            let changed = await #expect(throws: Problem.self) {
                try await client.updatePerson(second.id, PersonChange(externalID: "k1"))
            }
            #expect(changed?.status == 409)
            #expect(try await client.updatePerson(first.id, PersonChange(externalID: .some(nil))).externalID == nil)
            #expect(
                try await client.updatePerson(second.id, PersonChange(externalID: "k1")).metadata == second.metadata)
            var query = PersonQuery()
            query.externalID = "k1"
            #expect(try await client.persons(query).items.map(\.id) == [second.id])
        }
    }

    @Test(arguments: [
        ("name", "null", "must not be null"), ("metadata", "null", "must not be null"),
        ("metadata", "[]", "must be an object"), ("name", "5", "must be a string"),
    ])
    func changeToWhatCannotBeIsRefused(member: String, value: String, message: String) async throws {
        try await withGateway { box in
            let client = try await box.client()
            let person = try await client.createPerson(NewPerson(name: "a", metadata: ["floor": .number(3)]))
            let answer = try await box.call(
                .PATCH, "/human-analysis/persons/\(person.id)", token: await client.accessToken, headers: [Body.json],
                body: ByteBuffer(string: #"{"\#(member)":\#(value)}"#))
            #expect(answer.status == 422)
            let errors = try answer.decode(Problem.self).errors
            #expect(errors?.map(\.field) == [member] && errors?.map(\.message) == [message])
            #expect(try await client.person(person.id) == person)
        }
    }

    @Test func personsComeInPagesNewestFirst() async throws {
        try await withGateway { box in
            let client = try await box.client()
            for number in 0..<5 { _ = try await client.createPerson(NewPerson(name: "p\(number)")) }
            var query = PersonQuery()
            query.limit = 2
            var names: [String] = []
            for try await person in client.allPersons(query) { names.append(person.name) }
            #expect(names == ["p4", "p3", "p2", "p1", "p0"])
        }
    }

    @Test func whoIsNotThereIsNotFound() async throws {
        try await withGateway { box in
            let token = try await box.token(.operator)
            for id in [UUIDv7().description, "nonsense", "%2e%2e"] {
                let path = "/human-analysis/persons/\(id)"
                let body = ByteBuffer(string: #"{"name":"x"}"#)
                #expect(try await box.call(.GET, path, token: token).status == 404)
                #expect(try await box.call(.DELETE, path, token: token).status == 404)
                #expect(try await box.call(.PATCH, path, token: token, headers: [Body.json], body: body).status == 404)
            }
        }
    }
}
