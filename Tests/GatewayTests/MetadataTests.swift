import AIBoxAPI
import AIBoxClient
import Foundation
import NIOCore
import Testing

@testable import DataManager
@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct MetadataTests {
    private static let persons = "/human-analysis/person-detection"
    private static let text = #"{"site":"gate 3","lane":2,"who":{"shift":[1,null,true]}}"#
    private static let metadata: [String: JSONValue] = [
        "site": .string("gate 3"), "lane": .integer(2),
        "who": .object(["shift": .array([.integer(1), .null, .bool(true)])]),
    ]

    private struct Form {
        var path: String
        var type: String
        var body: ByteBuffer
    }

    /// The three forms of a body with this metadata, as JSON.
    private static func forms(_ metadata: String, _ query: String = "") -> [Form] {
        let picture = RunningGateway.picture
        var multipart = ByteBuffer()
        multipart.writeString("--BB\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n")
        multipart.writeImmutableBuffer(picture)
        multipart.writeString("\r\n--BB\r\nContent-Disposition: form-data; name=\"metadata\"\r\n")
        multipart.writeString("Content-Type: application/json\r\n\r\n\(metadata)\r\n--BB--\r\n")
        let escaped = metadata.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let base64 = Data(picture.readableBytesView).base64EncodedString()
        return [
            Form(path: "\(persons)?metadata=\(escaped)&\(query)", type: "image/jpeg", body: picture),
            Form(path: "\(persons)?\(query)", type: "multipart/form-data; boundary=BB", body: multipart),
            Form(
                path: "\(persons)?\(query)", type: "application/json",
                body: ByteBuffer(string: #"{"metadata":\#(metadata),"image":"\#(base64)"}"#)),
        ]
    }

    private func send(_ form: Form, _ box: RunningGateway) async throws -> RunningGateway.Answer {
        try await box.call(
            .POST, form.path, token: try await box.token(.operator), headers: [("Content-Type", form.type)],
            body: form.body)
    }

    @Test(arguments: ["store=sync", "store=async"])
    func itComesInEveryFormAndIsStored(store: String) async throws {
        try await withGateway { box in
            let token = try await box.token(.operator)
            for form in Self.forms(Self.text, store) {
                let answer = try await send(form, box)
                #expect(answer.status == 200, "\(form.type): \(String(buffer: answer.body))")
                let id = try #require(try answer.decode(AnalysisAnswer.self).id)
                try await waitUntil { try await box.data.inference(id) != nil }
                let read = try await box.call(.GET, "/analytics/detections/\(id)", token: token)
                let inference = try read.decode(InferenceRecord.self)
                #expect(inference.metadata == Self.metadata, "\(form.type)")
                let item = inference.detections[0].id
                let detection = try await box.call(.GET, "/analytics/detections/\(item)", token: token)
                #expect(try detection.decode(DetectionRecord.self).metadata == Self.metadata)
                #expect(!String(buffer: detection.body).contains("metadata_unavailable"))
            }
        }
    }

    @Test(arguments: [
        "[1]", "null1", "\"x\"", "{", #"{"a":"\u0000"}"#, #"{"a\u0000":1}"#, #"{"a":"\ud800"}"#, #"{"\udfff":1}"#,
        #"{"$set":1}"#, #"{"a":1e999}"#, #"{"a":[[[[[[[[1]]]]]]]]}"#,
    ])
    func whatCannotBeStoredIsRefusedByName(metadata: String) async throws {
        try await withGateway { box in
            for store in ["store=sync", "store=async"] {
                for form in Self.forms(metadata, store) {
                    let answer = try await send(form, box)
                    let isNoJSON = form.type == "application/json" && ["null1", "{"].contains(metadata)
                    #expect(answer.status == (isNoJSON ? 400 : 422), "\(form.type) \(String(buffer: answer.body))")
                    if isNoJSON { continue }
                    #expect(try answer.decode(Problem.self).errors?.map(\.field) == ["metadata"], "\(form.type)")
                }
            }
            let count: Int? = try await box.data.read { try $0.value("SELECT count(*) FROM inferences") }
            #expect(count == 0)
        }
    }

    /// In a value and in a key.
    @Test func aMegabyteIsRefusedByName() async throws {
        try await withGateway(maximumBody: 3 << 20) { box in
            let long = String(repeating: "x", count: 1 << 20)
            let values = "[" + String(repeating: "1,", count: 500_000) + "1]"
            for metadata in [#"{"a":"\#(long)"}"#, #"{"\#(long)":1}"#, #"{"a":\#(values)}"#] {
                for form in Self.forms(metadata).dropFirst() {
                    let answer = try await send(form, box)
                    #expect(answer.status == 422)
                    #expect(try answer.decode(Problem.self).errors?.map(\.field) == ["metadata"], "\(form.type)")
                }
            }
        }
    }

    @Test func nothingIsPromisedThatIsNotStored() async throws {
        try await withGateway { box in
            for form in Self.forms(Self.text, "store=none") {
                let answer = try await send(form, box)
                #expect(try answer.decode(Problem.self).errors?.map(\.field) == ["metadata"])
            }
        }
    }

    @Test func theClientSendsAndFindsIt() async throws {
        try await withGateway(configureData: { $0.metadataIndexes = ["site", "lane"] }) { box in
            let client = try await box.client()
            var settings = AnalysisSettings()
            settings.metadata = Self.metadata
            let answer = try await client.detect(.persons, in: RunningGateway.picture, settings)
            settings.metadata = ["site": .string("gate 4"), "filler": .string(String(repeating: "ü", count: 7000))]
            _ = try await client.analyze(RunningGateway.picture, tasks: [.persons], settings)
            let id = try #require(answer.id)
            #expect(try await client.inference(id).metadata == Self.metadata)
            for metadata in [["site": "gate 3"], ["lane": "2"], ["site": "gate 3", "lane": "2"]] {
                var query = DetectionQuery()
                query.metadata = metadata
                #expect(try await client.detections(query).items.map(\.inferenceID) == [id])
            }
            let token = try await box.token(.operator)
            let read = try await box.call(
                .GET, "/analytics/detections?metadata.site=gate+3&metadata.lane=2", token: token)
            #expect(try read.decode(Page<DetectionRecord>.self).items.map(\.inferenceID) == [id])
            for path in ["plates", "faces"] {
                let other = try await box.call(.GET, "/analytics/\(path)?metadata.site=gate+3", token: token)
                #expect(try other.decode(Page<DetectionRecord>.self).items.isEmpty)
            }
        }
    }

    @Test(arguments: [
        ("metadata.zone=1", "metadata.zone"), ("metadata.=1", "metadata."), ("metadata.site=", "metadata.site"),
        ("metadata.site=a&metadata.site=b", "metadata.site"), ("metadata.site=%00", "metadata.site"),
        ("metadata.a=1&metadata.b=1&metadata.c=1&metadata.d=1&metadata.e=1", "metadata"), ("metadata=x", "metadata"),
    ])
    func aFilterThatCannotBeIsRefusedByName(query: String, field: String) async throws {
        try await withGateway(configureData: { $0.metadataIndexes = ["site"] }) { box in
            let answer = try await box.call(
                .GET, "/analytics/detections?\(query)", token: try await box.token(.operator))
            #expect(answer.status == 422)
            #expect(try answer.decode(Problem.self).errors?.map(\.field) == [field])
        }
    }
}
