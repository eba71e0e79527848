import AIBoxAPI
import NIOCore
import Testing

@testable import ServiceHTTP

struct MultipartFormTests {
    private static let type = "multipart/form-data; boundary=XX"

    private static func form(_ body: String, _ type: String = type) throws -> MultipartForm {
        try MultipartForm(ByteBuffer(string: body), contentType: type)
    }

    private static func part(_ disposition: String, _ content: String = "abc", after first: String = "") -> String {
        "--XX\r\n\(first)Content-Disposition: \(disposition)\r\n\r\n\(content)\r\n"
    }

    @Test func partsAreSlicesInOrder() throws {
        let form = try Self.form(
            Self.part(
                "form-data; name=\"image\"; filename=\"a.jpg\"", "\u{1}\r\n--X\r\n",
                after: "Content-Type: IMAGE/JPEG\r\n")
                + Self.part("form-data; name=threshold", "0.5") + "--XX--\r\nepilogue")
        #expect(form.parts.map(\.name) == ["image", "threshold"])
        #expect(form.parts.map { String(buffer: $0.content) } == ["\u{1}\r\n--X\r\n", "0.5"])
    }

    @Test(arguments: [
        "filename=\"[test]\"", "filename=\"a/b\"", "filename=\"..\"", "filename=\"100%\"", "filename=\"Nguyễn\"",
        "filename*=UTF-8''Nguy%E1%BB%85n", "filename=plain.jpg", "filename=\"\"", "filename=\"C:\\dir\\\"",
        "filename=\"a;name=other\"", "filename=\"O'Brien; --\"", "x=y; filename=\"👩🏽‍🚀\"", "filename",
        "filename=\"\(String(repeating: "long", count: 500))\"",
    ])
    func fileNameDecidesNothing(name: String) throws {
        let form = try Self.form(Self.part("form-data; name=\"image\"; \(name)") + "--XX--")
        #expect(form.parts.map(\.name) == ["image"])
        #expect(form.parts.first.map { String(buffer: $0.content) } == "abc")
    }

    @Test func partNamesAreMatchedExactly() throws {
        let form = try Self.form(Self.part("form-data; name=\"Image\"") + "--XX--")
        #expect(form.parts.map(\.name) == ["Image"])
    }

    @Test func preambleEmptyPartsAndPaddingAreFine() throws {
        let body =
            "preamble\r\n--XX  \t\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--XX\r\ncontent-disposition:form-data;name=b\r\n\r\n--XX--"
        let form = try Self.form(body)
        #expect(form.parts.map(\.name) == ["a", "b"])
        #expect(form.parts.map(\.content.readableBytes) == [0, 0])
    }

    @Test(arguments: [
        "multipart/form-data; boundary=\"X X\"", "multipart/form-data; charset=utf-8; Boundary=\"X X\"",
    ])
    func boundaryMayBeQuoted(type: String) throws {
        #expect(
            try Self.form("--X X\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--X X--", type).parts.count == 1)
    }

    struct Broken: Sendable, CustomTestStringConvertible {
        var name: String
        var body: String
        var type = MultipartFormTests.type
        var status = 400
        var testDescription: String { name }
    }

    private static let whole = part("form-data; name=\"image\"") + "--XX--"
    private static let broken = [
        Broken(name: "no boundary", body: whole, type: "multipart/form-data"),
        Broken(name: "empty boundary", body: whole, type: "multipart/form-data; boundary="),
        Broken(
            name: "71 characters", body: whole,
            type: "multipart/form-data; boundary=\(String(repeating: "b", count: 71))"),
        Broken(name: "boundary with a line end", body: whole, type: "multipart/form-data; boundary=\"a\r\nb\""),
        Broken(name: "empty body", body: ""),
        Broken(name: "another boundary", body: whole, type: "multipart/form-data; boundary=YY"),
        Broken(name: "no final boundary", body: part("form-data; name=\"image\"")),
        Broken(name: "cut in the header", body: "--XX\r\nContent-Dispos"),
        Broken(name: "cut behind the boundary", body: "--XX"),
        Broken(
            name: "text behind a boundary", body: "--XXY\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--XX--"),
        Broken(name: "no name", body: part("form-data") + "--XX--"),
        Broken(name: "no disposition", body: "--XX\r\nContent-Type: a/b\r\n\r\nabc\r\n--XX--"),
        Broken(name: "attachment", body: part("attachment; name=\"image\"") + "--XX--"),
        Broken(name: "header without a colon", body: "--XX\r\nnonsense\r\n\r\nabc\r\n--XX--"),
        Broken(
            name: "long header", body: part("form-data; name=a; x=\(String(repeating: "y", count: 9000))") + "--XX--"),
        Broken(name: "65 parts", body: String(repeating: part("form-data; name=a"), count: 65) + "--XX--", status: 413),
        Broken(
            name: "10,000 parts", body: String(repeating: part("form-data; name=a"), count: 10_000) + "--XX--",
            status: 413),
    ]

    @Test(arguments: broken)
    func brokenFormIsRefusedWithAReason(form: Broken) {
        let problem = #expect(throws: Problem.self) { try Self.form(form.body, form.type) }
        #expect(problem?.status == form.status)
        #expect(problem?.detail?.isEmpty == false)
    }

    @Test func everyTruncationIsRefused() {
        let bytes = Array(Self.whole.utf8)
        for length in 0..<bytes.count {
            #expect(throws: Problem.self, "cut after \(length) bytes") {
                try MultipartForm(ByteBuffer(bytes: bytes[..<length]), contentType: Self.type)
            }
        }
    }

    @Test func randomChangesNeverCrash() {
        var generator = SystemRandomNumberGenerator()
        let original = Array(Self.whole.utf8)
        for _ in 0..<5000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(
                    in: .min ... .max, using: &generator)
            }
            let form = try? MultipartForm(ByteBuffer(bytes: bytes), contentType: Self.type)
            #expect((form?.parts.count ?? 0) <= 2)
        }
    }
}
