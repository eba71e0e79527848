import Foundation
import Testing

@testable import ModelCatalog

@Suite struct CatalogTests {
    /// Reads one entry after a change, and returns the error's message, or nothing.
    private func message(_ change: (inout [String: Any]) -> Void) throws -> String? {
        var json = entryJSON()
        change(&json)
        let bytes = try catalogJSON([json])
        do { _ = try Catalog(json: bytes) } catch {
            #expect(error.code == .invalidCatalog)
            return error.message
        }
        return nil
    }

    @Test func theSampleEntryIsValid() throws {
        #expect(try message { _ in } == nil)
    }

    @Test(arguments: entryJSON().keys.sorted())
    func aMissingFieldIsNamedWithItsEntry(_ field: String) throws {
        let message = try #require(try message { $0[field] = nil })
        #expect(message.contains(field) && message.contains("is missing"), "\(message)")
        if field != "name", field != "version" { #expect(message.contains("sample@1"), "\(message)") }
    }

    @Test(arguments: ["name", "element", "layout", "channels", "fit", "pad", "mean", "std", "sizes"])
    func aMissingFieldOfTheInputIsNamed(_ field: String) throws {
        let message = try #require(
            try message { json in
                var input = json["input"] as? [String: Any]
                input?[field] = nil
                json["input"] = input
            })
        #expect(message == "model sample@1: input.\(field): is missing")
    }

    /// A place in the entry, a value, and what the error must say.
    static let rules: [(path: [String], value: any Sendable, expected: String)] = [
        (["name"], "a/b", "name: "), (["name"], "", "name: "), (["version"], "1@2", "name: "),
        (["task"], "guessing", "task: \"guessing\" is none of: object_detection"),
        (["serves"], ["persons", "dogs"], "serves[1]: \"dogs\" is none of: persons, faces"),
        (["serves"], ["persons", "persons"], "serves: "), (["file"], "../x.onnx", "file: "),
        (["file"], "/etc/x.onnx", "file: "), (["file"], "a//x.onnx", "file: "), (["file"], "a/./x.onnx", "file: "),
        (["file"], "", "file: "), (["file"], "a\\x.onnx", "file: "),
        (["sha256"], "ab", "sha256: "), (["sha256"], String(repeating: "AB", count: 32), "sha256: "),
        (["sha256"], String(repeating: "zz", count: 32), "sha256: "), (["bytes"], 0, "bytes: "),
        (["bytes"], -1, "bytes: "), (["bytes"], "10", "bytes: is no Int"), (["engines"], [String](), "engines: "),
        (["engines"], ["tensorflow"], "engines[0]: \"tensorflow\" is none of: onnxruntime, openvino"),
        (["licence", "commercial_use"], "yes", "licence.commercial_use: is no Bool"),
        (["input", "fit"], "letterbx", "input.fit: \"letterbx\" is none of: letterbox, "),
        (["input", "layout"], "nchw", "input.layout: "), (["input", "pad"], 256, "input.pad: "),
        (["input", "mean"], [1, 2], "input.mean: "), (["input", "std"], [1, 1, 0], "input.std: "),
        (["input", "name"], "", "input.name: "),
        (["input", "sizes", "fast"], [321, 320], "input.sizes.fast: must be multiples of 32"),
        (["input", "sizes", "fast"], [320], "input.sizes.fast: must be [width, height]"),
        (["input", "sizes", "accurate"], [640, 0], "input.sizes.accurate: "),
        (["input", "sizes", "accurate"], [640, 819_200], "input.sizes.accurate: "),
        (["input", "fit"], "shortest_side", "input.longest_side: "),
        (
            ["input", "crop"], ["kind": "aligned", "scale": 1, "border": "zero"] as [String: any Sendable],
            "crop.template"
        ),
        (["decoder", "kind"], "magic", "decoder.kind: \"magic\" is none of: "),
        (["decoder", "strides"], [0], "decoder.strides: "),
        (["decoder"], ["kind": "nanodet_plus", "strides": [8]] as [String: any Sendable], "decoder.bins: "),
        (["decoder"], ["kind": "slot_text", "alphabet": "AB"] as [String: any Sendable], "decoder.slots: "),
        (["decoder"], ["kind": "ctc_text"] as [String: any Sendable], "decoder.alphabet: "),
        (["decoder"], ["kind": "lpd_yunet", "strides": [8]] as [String: any Sendable], "decoder.min_sizes: "),
        (["thresholds", "score"], 1.5, "thresholds.score: "), (["thresholds", "score"], -0.1, "thresholds.score: "),
        (["thresholds", "suppression"], 2, "thresholds.suppression: "),
        (["sources"], [["kind": "ftp", "url": "ftp://a"]], "sources[0].kind: \"ftp\" is none of: url, wheel"),
        (
            ["sources"], [["kind": "url", "url": "file:///a", "verified": true]] as [[String: any Sendable]],
            "sources[0].url"
        ),
        (
            ["sources"],
            [["kind": "url", "url": "https://a/b", "verified": true, "bytes": 11]] as [[String: any Sendable]],
            "sources[0].bytes: "
        ),
        (["sources"], [["kind": "wheel", "package": "a"]], "sources[0].version: is missing"),
        (["sources"], [wheel("version", "--index-url=x")], "sources[0]: "),
        (["sources"], [wheel("package", "-r/etc/passwd")], "sources[0]: "),
        (["sources"], [wheel("member", "../a")], "sources[0].member: "),
        (["sources"], [wheel("wheel_sha256", "ab")], "sources[0].wheel_sha256: "),
    ]

    private static func wheel(_ field: String, _ value: String) -> [String: String] {
        var wheel = ["kind": "wheel", "package": "a", "version": "1", "member": "a/b"]
        wheel["wheel_sha256"] = String(repeating: "ab", count: 32)
        wheel[field] = value
        return wheel
    }

    @Test(arguments: rules.indices)
    func aBrokenRuleIsNamedWithItsEntryAndField(_ index: Int) throws {
        let rule = Self.rules[index]
        let message = try #require(try message { $0 = Self.setting($0, rule.path[...], rule.value) }, "\(rule.path)")
        #expect(message.contains(rule.expected), "\(message) does not contain \(rule.expected)")
        if rule.path[0] != "name", rule.path[0] != "version" { #expect(message.hasPrefix("model sample@1: ")) }
    }

    private static func setting(_ object: [String: Any], _ path: ArraySlice<String>, _ value: Any) -> [String: Any] {
        guard let key = path.first else { return object }
        var object = object
        object[key] =
            path.count == 1 ? value : setting(object[key] as? [String: Any] ?? [:], path.dropFirst(), value)
        return object
    }

    @Test(arguments: ["", "[]", "{", "{\"models\": {}}", "{\"models\": [3]}", "\u{0}"])
    func whatIsNoCatalogueIsRefused(_ text: String) {
        #expect(throws: ModelCatalogError.self) { try Catalog(json: Array(text.utf8)) }
    }

    @Test func aDefaultMustBeFreeForCommercialUse() throws {
        let message = try message {
            $0["default"] = true
            $0["licence"] = ["name": "AGPL-3.0", "commercial_use": false] as [String: Any]
        }
        #expect(message == "model sample@1: default: implies licence.commercial_use true")
    }

    @Test func anIdentityMustBeUnique() throws {
        let bytes = try catalogJSON([entryJSON(), entryJSON()])
        #expect(throws: ModelCatalogError.self) { try Catalog(json: bytes) }
    }

    @Test func aPlaceHasOneDefault() throws {
        var first = entryJSON(name: "a")
        var second = entryJSON(name: "b")
        first["default"] = true
        second["default"] = true
        let bytes = try catalogJSON([first, second])
        #expect(throws: ModelCatalogError.self) { try Catalog(json: bytes) }
    }

    @Test func twoModelsCannotShareAPathWithDifferentFiles() throws {
        var first = entryJSON(name: "a")
        var second = entryJSON(name: "b")
        first["file"] = "x.onnx"
        second["file"] = "x.onnx"
        #expect(try Catalog(json: catalogJSON([first, second])).entries.count == 2)
        second["sha256"] = String(repeating: "cd", count: 32)
        let bytes = try catalogJSON([first, second])
        #expect(throws: ModelCatalogError.self) { try Catalog(json: bytes) }
    }

    @Test func candidatesForARoleAreTheDefaultThenWhatIsFreeForCommerce() throws {
        let candidates = try Catalog.builtIn().candidates(for: .objectDetection, serving: .persons)
        #expect(candidates.first?.isDefault == true)
        #expect(candidates.contains { $0.name == "yolox_nano_416" })
        #expect(candidates.allSatisfy { $0.task == .objectDetection && $0.licence.commercialUse })
        #expect(Set(candidates.map(\.identity)).count == candidates.count)
    }

    @Test func aBareNameMeansTheDefaultVersionOrElseTheHighest() throws {
        let versions = ["2", "10", "9"].map { entryJSON(name: "m", version: $0) }
        #expect(try Catalog(json: catalogJSON(versions)).entry("m").version == "10")
        #expect(try Catalog(json: catalogJSON(versions)).entry("m@9").version == "9")
        var withDefault = versions
        withDefault[0]["default"] = true
        #expect(try Catalog(json: catalogJSON(withDefault)).entry("m").version == "2")
    }

    @Test func anUnknownModelIsAnErrorThatListsTheKnown() throws {
        let catalog = try Catalog(json: catalogJSON([entryJSON(name: "m"), entryJSON(name: "n")]))
        for (reference, known) in [("x", "known: m, n"), ("m@7", "known: m@1")] {
            let error = #expect(throws: ModelCatalogError.self) { try catalog.entry(reference) }
            #expect(error?.code == .unknownModel && error?.remedy == known)
        }
    }

    @Test func aLaterFileAddsAndReplacesAndTakesOverTheDefault() throws {
        var old = entryJSON(name: "old")
        old["default"] = true
        var replacement = entryJSON(name: "same")
        replacement["architecture"] = "changed"
        var new = entryJSON(name: "new")
        new["default"] = true
        let first = try Catalog(json: catalogJSON([old, entryJSON(name: "same")]))
        let merged = try first.merging(Catalog(json: catalogJSON([replacement, new])))
        #expect(merged.entries.map(\.name) == ["old", "same", "new"])
        #expect(try merged.entry("same").architecture == "changed")
        #expect(merged.defaults.map(\.name) == ["new"])
        #expect(merged.defaultEntry(for: .objectDetection, serving: .persons)?.name == "new")
    }

    @Test func aBrokenFileIsNamedInTheError() async throws {
        try await withFolder { folder in
            let file = folder.appending(path: "extra.json")
            try Data("{\"models\": [{\"name\": \"m\"}]}".utf8).write(to: file)
            let error = #expect(throws: ModelCatalogError.self) { try Catalog.load(adding: [file]) }
            #expect(error?.message.contains("extra.json: model m: version: is missing") == true, "\(error as Any)")
            let absent = #expect(throws: ModelCatalogError.self) {
                try Catalog.load(adding: [folder.appending(path: "absent.json")])
            }
            #expect(absent?.code == .storageUnusable)
        }
    }
}
