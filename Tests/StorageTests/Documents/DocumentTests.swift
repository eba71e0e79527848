import AIBoxAPI
import Foundation
import Testing

@testable import Storage

@Suite struct DocumentTests {
    static func nested(_ levels: Int) -> JSONValue {
        (1..<levels).reduce(.object([:])) { value, _ in .object(["a": value]) }
    }

    @Test(
        arguments: [
            (["a": ["b": .number(.nan)]], "metadata.a.b must be a finite number"),
            (["a": ["b": .string("x\0")]], "metadata.a.b must not contain U+0000"),
            (["a": ["x\0": .null]], "metadata.a.x\0 has U+0000 in its name"),
            (["a": ["$set": .null]], "metadata.a.$set has a name that begins with $"),
            (["a": ["$\u{301}": .null]], "metadata.a.$\u{301} has a name that begins with $"),
        ] as [([String: [String: JSONValue]], String)])
    func aFaultIsNamedWithItsPlace(members: [String: [String: JSONValue]], message: String) {
        #expect(throws: StorageError(.invalid, message)) {
            try Document(members.mapValues { .object($0) }, named: "metadata")
        }
    }

    @Test func aPlaceInAnArrayIsItsIndex() {
        #expect(throws: StorageError(.invalid, "document.a[1].b must be a finite number")) {
            try Document(["a": .array([.null, .object(["b": .number(.infinity)])])])
        }
    }

    @Test func atMost32LevelsAreTaken() throws {
        guard case .object(let deep) = Self.nested(32), case .object(let deeper) = Self.nested(33) else { return }
        #expect(try Document(deep).json.hasSuffix("}"))
        let error = try #require(throws: StorageError.self) { try Document(deeper) }
        #expect(error.message.hasSuffix("is nested more than 32 deep"))
        let list = (1..<33).reduce(JSONValue.null) { value, _ in .array([value]) }
        #expect(throws: StorageError.self) { try Document(["a": list]) }
    }

    @Test func aMebibyteIsTakenAndNoByteMore() throws {
        let overhead = #"{"a":""}"#.utf8.count
        let text = String(repeating: "x", count: DocumentLimits.bytes - overhead)
        #expect(try Document(["a": .string(text)]).json.utf8.count == DocumentLimits.bytes)
        let error = try #require(throws: StorageError.self) { try Document(["a": .string(text + "x")]) }
        #expect(error.code == .tooLarge)
        #expect(throws: StorageError.self) { try Document(json: [UInt8](repeating: 0x20, count: 3 << 20)) }
    }

    @Test func aDocumentOfTooManyValuesIsRefused() throws {
        let fits = JSONValue.array(Array(repeating: .integer(1), count: DocumentLimits.values - 1))
        #expect(try Document(["a": fits]).members["a"] == fits)
        #expect(throws: StorageError.self) { try Document(["a": fits, "b": .null]) }
    }

    @Test func wholeNumbersOf64BitsAreExact() throws {
        let json = """
            {"max":9223372036854775807,"min":-9223372036854775808,"odd":9007199254740993,"whole":2.0,"power":1e3,
            "large":1e300,"small":5e-324,"tenth":0.1}
            """
        let document = try Document(json: json.utf8)
        #expect(
            document.members == [
                "max": .integer(.max), "min": .integer(.min), "odd": .integer(9_007_199_254_740_993),
                "whole": .integer(2),
                "power": .integer(1000), "large": .number(1e300), "small": .number(.leastNonzeroMagnitude),
                "tenth": .number(0.1),
            ])
        #expect(try Document(json: document.json.utf8) == document)
        #expect(try Document(["a": .number(2)]) == Document(["a": .integer(2)]))
    }

    @Test(arguments: [
        #"{"a":"\ud800"}"#, #"{"a":"\udc00x"}"#, #"{"a":1e400}"#, #"{"a":NaN}"#, "[]", "null", "{", "", #"{"a":1}x"#,
    ])
    func whatIsNoJSONObjectOfUnicodeAndNumbersIsRefused(json: String) throws {
        #expect(try #require(throws: StorageError.self) { try Document(json: json.utf8) }.code == .invalid)
    }

    @Test func bytesThatAreNoUTF8AreRefused() {
        #expect(throws: StorageError.self) {
            try Document(json: Array(#"{"a":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8))
        }
    }
}

@Suite struct DocumentNameTests {
    @Test(arguments: ["", "A", "1a", "a.b", "a-b", "a'b", "a b", "ä", "_a", String(repeating: "a", count: 49)])
    func aNameThatCouldBeSyntaxIsNoCollection(name: String) throws {
        #expect(try #require(throws: StorageError.self) { try DocumentCollection(name) }.code == .invalid)
    }

    @Test(arguments: [
        "", ".", "a.", ".a", "a..b", "0", "a.0", "-a", "$a", "a'b", "a\"b", "a\\b", "a{b", "a}b", "a,b", "a[0]", "a b",
        "ä",
        "a\0", "a\n", String(repeating: "a", count: 65), "a.b.c.d.e.f.g.h.i",
    ])
    func aPathThatCouldBeSyntaxIsRefused(path: String) throws {
        #expect(try #require(throws: StorageError.self) { try DocumentPath(path) }.code == .invalid)
    }

    @Test func pathsAndCollectionsAreTheirNames() throws {
        #expect(try DocumentPath("camera.x_1.Y-2").names == ["camera", "x_1", "Y-2"])
        #expect(try DocumentCollection("inference_2").name == "inference_2")
    }

    @Test func aFilterComparesOnlyWhatHasAnOrderAndWithinLimits() throws {
        let path = try DocumentPath("a")
        let faulty: [DocumentFilter.Test] = [
            .compare(.less, .bool(true)), .compare(.atLeast, .null), .compare(.equal, .number(.nan)),
            .compare(.equal, .string("\0")), .compare(.less, .string(String(repeating: "x", count: 4097))),
        ]
        for test in faulty {
            #expect(try #require(throws: StorageError.self) { try DocumentFilter([(path, test)]) }.code == .invalid)
        }
        #expect(try DocumentFilter(Array(repeating: (path, .exists), count: 8)).conditions.count == 8)
        #expect(throws: StorageError.self) { try DocumentFilter(Array(repeating: (path, .exists), count: 9)) }
    }
}
