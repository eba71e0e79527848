import AIBoxAPI
import Foundation
import Hummingbird
import NIOCore
import Testing

@testable import ServiceHTTP

struct OptionsTests {
    private static let known = [
        "threshold", "max_results", "save_image", "task", "tasks", "camera_id", "captured_at", "limit",
    ]

    private static func options(_ values: [(String, String)]) -> Options {
        var options = Options(known: known)
        for (name, value) in values { options.insert(name, value) }
        return options
    }

    private static func request(_ query: String) -> Request {
        Request(
            head: HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/x?\(query)"),
            body: RequestBody(buffer: ByteBuffer()))
    }

    private static func message(_ options: Options, _ field: String) -> String? {
        options.errors.first { $0.field == field }?.message
    }

    @Test(arguments: [
        ("0", 0), ("0.0", 0), ("1", 1), ("1e-9", 1e-9), (".5", 0.5), ("5.e-1", 0.5), ("+0.25", 0.25), ("1E-1", 0.1),
        ("00.5", 0.5),
    ])
    func numberInItsSpellings(text: String, value: Double) {
        var options = Self.options([("threshold", text)])
        #expect(options.number("threshold", in: 0...1) == value)
        #expect(options.errors.isEmpty)
    }

    @Test(arguments: [
        "-0.1", "1.5", "abc", "0,5", "", "NaN", "nan", "Infinity", "inf", "-inf", "0x1p-1", " 0.5", "0.5 ", "1e", ".",
        "1_0", "٠", "1e999", "--1", "0.5.5",
    ])
    func whatIsNoNumberInRangeIsRefusedByName(text: String) {
        var options = Self.options([("threshold", text)])
        #expect(options.number("threshold", in: 0...1) == nil)
        #expect(Self.message(options, "threshold") == "must be a number from 0 to 1")
    }

    @Test func sameNameTwiceMustAgree() {
        #expect(Self.options([("threshold", "0.5"), ("threshold", "0.5")]).errors.isEmpty)
        let options = Self.options([("threshold", "0.5"), ("threshold", "0.6")])
        #expect(Self.message(options, "threshold") == "is given twice with different values")
    }

    @Test(arguments: [
        ("treshold", "threshold"), ("Threshold", "threshold"), ("max_result", "max_results"), ("camera", "camera_id"),
        ("saveimage", "save_image"),
    ])
    func unknownNameIsToldTheNearest(name: String, nearest: String) {
        let message = Self.message(Self.options([(name, "1")]), name)
        #expect(message == "is not an option here; did you mean \(nearest)?")
    }

    @Test func unknownNameThatResemblesNoneIsToldAll() {
        let message = Self.message(Self.options([("zzzzzzzzzzzz", "1")]), "zzzzzzzzzzzz")
        #expect(message?.hasPrefix("is not an option here; known: threshold,") == true)
    }

    @Test func allErrorsAreReportedTogether() {
        var options = Self.options([("threshold", "2"), ("limit", "0"), ("wrong", "x")])
        _ = options.number("threshold", in: 0...1)
        _ = options.integer("limit", in: 1...500)
        let problem = #expect(throws: Problem.self) { try options.check() }
        #expect(problem?.status == 422)
        #expect(Set(problem?.errors?.map(\.field) ?? []) == ["threshold", "limit", "wrong"])
    }

    @Test(arguments: ["1", "500", "007"])
    func wholeNumber(text: String) {
        var options = Self.options([("limit", text)])
        #expect(options.integer("limit", in: 1...500) == Int(text))
    }

    @Test(arguments: ["0", "501", "1.0", "+1", "-1", "", "1e2", "99999999999999999999"])
    func whatIsNoWholeNumberInRangeIsRefused(text: String) {
        var options = Self.options([("limit", text)])
        #expect(options.integer("limit", in: 1...500) == nil)
        #expect(Self.message(options, "limit") != nil)
    }

    @Test(arguments: ["a\u{0}b", "a\nb", "", "\u{7F}", String(repeating: "x", count: 129)])
    func textThatNoStoreShouldHoldIsRefused(text: String) {
        var options = Self.options([("camera_id", text)])
        #expect(options.text("camera_id") == nil)
        #expect(Self.message(options, "camera_id") != nil)
    }

    @Test(arguments: ["gate-1", "Cổng 2", "😀", String(repeating: "x", count: 128)])
    func otherTextIsTakenAsItIs(text: String) {
        var options = Self.options([("camera_id", text)])
        #expect(options.text("camera_id") == text)
    }

    @Test func tasksComeOnceEachInTheirOrder() {
        var good = Self.options([("tasks", "plates,persons")])
        #expect(good.choices("tasks", of: AnalysisTask.self) == [.persons, .plates])
        for text in ["", "persons,", "persons,persons", "dogs", "persons plates"] {
            var bad = Self.options([("tasks", text)])
            #expect(bad.choices("tasks", of: AnalysisTask.self) == nil, "\(text)")
            #expect(Self.message(bad, "tasks") != nil)
        }
    }

    @Test func impossibleCameraTimeCountsAsAbsent() {
        for text in ["0000:00:00 00:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
            var options = Self.options([("captured_at", text)])
            #expect(options.cameraTime("captured_at") == nil)
            #expect(options.errors.isEmpty, "\(text)")
        }
        var nonsense = Self.options([("captured_at", "yesterday")])
        #expect(nonsense.cameraTime("captured_at") == nil)
        #expect(Self.message(nonsense, "captured_at") != nil)
    }

    @Test func queryIsDecodedAsBrowsersWriteIt() {
        var options = Options(known: Self.known)
        options.insertQuery(
            of: Self.request("camera_id=C%E1%BB%95ng+2%2B&captured_at=2026-11-25T10:00:00+07:00&&task=faces"))
        #expect(options.text("camera_id") == "Cổng 2+")
        #expect(options.timestamp("captured_at") == Timestamp("2026-11-25T03:00:00Z"))
        #expect(options.choice("task", of: AnalysisTask.self) == .faces)
        #expect(options.errors.isEmpty)
    }

    @Test(arguments: ["camera_id=%FF", "camera_id=%", "camera_id=%4", "camera_id=%zz", "camera_id=%+1"])
    func brokenEscapesAreRefusedByName(query: String) {
        var options = Options(known: Self.known)
        options.insertQuery(of: Self.request(query))
        #expect(Self.message(options, "camera_id") == "is not valid UTF-8 in percent escapes")
    }

    @Test func partThatIsNoUTF8IsRefusedByName() {
        var options = Options(known: Self.known)
        options.insert(.init(name: "camera_id", content: ByteBuffer(bytes: [0xC3, 0x28])))
        #expect(Self.message(options, "camera_id") == "is not valid UTF-8")
    }

    @Test func longPartIsToldTheLimitAndOneOfAnUnknownNameItsName() {
        var options = Options(known: Self.known)
        for name in ["camera_id", "image"] {
            options.insert(.init(name: name, content: ByteBuffer(repeating: 0x61, count: 4097)))
        }
        #expect(Self.message(options, "camera_id") == "is too long; it may have 4096 bytes")
        #expect(Self.message(options, "image")?.hasPrefix("is not an option here") == true)
    }

    @Test(arguments: ["{}", "[{}]", "[1]"])
    func jsonThatIsNoValueOfAnOptionIsRefusedByName(value: String) throws {
        var options = Options(known: Self.known)
        let json = Data(#"{"threshold":\#(value),"zzzzzzzzzzzz":\#(value)}"#.utf8)
        for (name, value) in try JSONDecoder().decode([String: JSONOption].self, from: json) {
            options.insert(name, value)
        }
        #expect(Self.message(options, "threshold") == "must be text, a number or true/false")
        #expect(Self.message(options, "zzzzzzzzzzzz")?.hasPrefix("is not an option here") == true)
    }

    private static let object = Options(known: ["camera_id", "metadata"], objects: ["metadata"], family: "metadata.")

    @Test(arguments: [#"{"a":{"b":[1,null,"x"]}}"#, "{}", " {\n} "])
    func anObjectIsTheSameInEveryForm(json: String) throws {
        let expected = try JSONDecoder().decode([String: JSONValue].self, from: Data(json.utf8))
        var (query, part, member) = (Self.object, Self.object, Self.object)
        query.insert("metadata", json)
        part.insert(.init(name: "metadata", content: ByteBuffer(string: json)))
        for (name, value) in try JSONDecoder().decode(
            [String: JSONOption].self, from: Data(#"{"metadata":\#(json)}"#.utf8))
        {
            member.insert(name, value)
        }
        for options in [query, part, member] {
            #expect(options.object("metadata") == expected && options.errors.isEmpty && options.isGiven("metadata"))
        }
        query.insert("metadata", #"{"other":1}"#)
        #expect(Self.message(query, "metadata") == "is given twice with different values")
    }

    @Test(arguments: ["", "[]", "1", "\"x\"", "null", "{", #"{"a":"\ud800"}"#, #"{"\udc00":1}"#, #"{"a":1e999}"#])
    func whatIsNoObjectIsRefusedByName(json: String) {
        var options = Self.object
        options.insert("metadata", json)
        #expect(options.object("metadata") == nil)
        #expect(Self.message(options, "metadata") == "must be a JSON object of Unicode texts and numbers in range")
    }

    @Test(arguments: ["[1]", "1", #""{}""#, #"{"a":"\ud800"}"#, #"{"\udc00":1}"#])
    func aMemberThatIsNoObjectIsRefusedByName(json: String) throws {
        var options = Self.object
        for (name, value) in try JSONDecoder().decode(
            [String: JSONOption].self, from: Data(#"{"metadata":\#(json)}"#.utf8))
        {
            options.insert(name, value)
        }
        #expect(Self.message(options, "metadata") == "must be a JSON object of Unicode texts and numbers in range")
    }

    @Test func anObjectMayBeLongerThanATextAndIsBounded() {
        var options = Self.object
        options.insert("metadata", #"{"a":"\#(String(repeating: "x", count: 60_000))"}"#)
        #expect(options.errors.isEmpty)
        var long = Self.object
        long.insert(.init(name: "metadata", content: ByteBuffer(repeating: 0x20, count: 65_537)))
        #expect(Self.message(long, "metadata") == "is too long; it may have 65536 bytes")
    }

    @Test func moreValuesThanTheBudgetMakeNoObject() throws {
        let json = ByteBuffer(string: #"{"metadata":[[1,1],{"a":1}],"other":{"b":[1,1,1,1,1,1]},"camera_id":"x"}"#)
        let budget = JSONValueBudget(6)
        let members = try JSONBytes.decode([String: JSONOption].self, from: json, budget: budget)
        guard case .unfit = members["other"], case .text("x") = members["camera_id"] else {
            Issue.record("\(members)")
            return
        }
        guard case .object = try JSONBytes.decode([String: JSONOption].self, from: json)["other"] else {
            Issue.record("without a budget it is an object")
            return
        }
    }

    @Test func namesOfAFamilyAreTheCallersAndBounded() {
        var options = Self.object
        options.insertQuery(of: Self.request("metadata.site=gate-3&metadata.a.b=2&camera_id=x"))
        #expect(options.familyNames == ["metadata.a.b", "metadata.site"])
        #expect(options.text("metadata.site") == "gate-3" && options.errors.isEmpty)
        options.insertQuery(of: Self.request("metadata.=1&metadata.site=other&meta=1"))
        options.insert("metadata." + String(repeating: "a", count: 120), "1")
        #expect(options.errors.count == 4)
        #expect(Self.message(options, "metadata.site") == "is given twice with different values")
    }

    @Test func jsonMembersCountAsTheirText() throws {
        let json = Data(
            #"{"threshold":0.5,"max_results":7,"save_image":true,"tasks":["faces","plates"],"camera_id":null}"#.utf8)
        var options = Options(known: Self.known)
        for (name, value) in try JSONDecoder().decode([String: JSONOption].self, from: json) {
            options.insert(name, value)
        }
        #expect(options.number("threshold", in: 0...1) == 0.5)
        #expect(options.integer("max_results", in: 1...1000) == 7)
        #expect(options.flag("save_image") == true)
        #expect(options.choices("tasks", of: AnalysisTask.self) == [.faces, .plates])
        #expect(!options.isGiven("camera_id"))
    }
}
