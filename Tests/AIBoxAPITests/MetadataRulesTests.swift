import Foundation
import Testing

@testable import AIBoxAPI

@Suite struct MetadataRulesTests {
    @Test func namesWithADollarAreRefusedForAnInferenceOnly() {
        for metadata: [String: JSONValue] in [["$a": .null], ["a": .array([.object(["$": .null])])]] {
            #expect(MetadataRules.inference.faults(in: metadata) == ["must not have a key that begins with $"])
            #expect(MetadataRules.general.faults(in: metadata).isEmpty)
        }
        #expect(MetadataRules.inference.faults(in: ["a$": .string("$a")]).isEmpty)
    }

    @Test func everyBoundIsExact() {
        func keys(_ count: Int) -> [String: JSONValue] {
            Dictionary(uniqueKeysWithValues: (0..<count).map { ("\($0)", .null) })
        }
        func deep(_ levels: Int) -> [String: JSONValue] {
            ["a": (1..<levels).reduce(JSONValue.null) { value, _ in .array([value]) }]
        }
        func bytes(_ count: Int) -> [String: JSONValue] { ["a": .string(String(repeating: "/", count: count - 8))] }
        let bounds: [([String: JSONValue], [String: JSONValue])] = [
            (keys(64), keys(65)), (deep(8), deep(9)), (bytes(16384), bytes(16385)),
            (["\u{A0}": .null], ["\u{7F}": .null]),
            (["a": .string("\t\n\r")], ["a": .string("\u{B}")]), (["a": .number(1e308)], ["a": .number(.infinity)]),
        ]
        for (good, bad) in bounds {
            #expect(MetadataRules.inference.faults(in: good).isEmpty)
            #expect(MetadataRules.inference.faults(in: bad).count == 1)
        }
    }
}
