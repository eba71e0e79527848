import AIBoxAPI
import AIBoxClient
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct FileTests {
    private static let jpeg = ByteBuffer(
        bytes: [0xFF, 0xD8, 0xFF, 0xE0] + (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 3) })

    @Test func aFileIsStoredReadAndDeleted() async throws {
        try await withGateway { box in
            let client = try await box.client()
            let file = try await client.createFile(Self.jpeg, purpose: .image, name: "Tür 1.jpg")
            #expect(file.name == "Tür 1.jpg" && file.mediaType == "image/jpeg" && file.bytes == Self.jpeg.readableBytes)
            #expect(file.createdBy == (try await client.me().id))
            #expect(try await client.file(file.id) == file)
            #expect(try await client.fileContent(file.id) == Self.jpeg)
            var query = FileQuery()
            query.purpose = .image
            #expect(try await client.files(query).items == [file])
            query.purpose = .model
            #expect(try await client.files(query).items.isEmpty)
            try await client.deleteFile(file.id)
            for call in [{ _ = try await client.file(file.id) }, { _ = try await client.fileContent(file.id) }] {
                let gone = await #expect(throws: Problem.self) { try await call() }
                #expect(gone?.status == 404)
            }
        }
    }

    @Test func aFormCarriesPurposeAndFile() async throws {
        try await withGateway { box in
            let token = try await box.client().accessToken
            let body = Body.form([
                (#"name="purpose""#, ByteBuffer(string: "image")),
                (#"name="file"; filename="gate.jpg""#, Self.jpeg),
            ])
            let answer = try await box.call(.POST, "/files", token: token, headers: [Body.form], body: body)
            #expect(answer.status == 201)
            let file = try answer.decode(StoredFile.self)
            #expect(file.name == "gate.jpg" && file.bytes == Self.jpeg.readableBytes)
            #expect(answer.headers.first(name: "location") == "/files/\(file.id)")
            let content = try await box.call(.GET, "/files/\(file.id)", token: token)
            #expect(content.body == Self.jpeg)

            let late = Body.form([(#"name="file""#, Self.jpeg), (#"name="purpose""#, ByteBuffer(string: "image"))])
            let missing = Body.form([(#"name="purpose""#, ByteBuffer(string: "image"))])
            let behind = Body.form([
                (#"name="purpose""#, ByteBuffer(string: "image")), (#"name="file""#, Self.jpeg),
                (#"name="name""#, ByteBuffer(string: "x")),
            ])
            for (body, field) in [(late, "purpose"), (missing, "file"), (behind, "name")] {
                let answer = try await box.call(.POST, "/files", token: token, headers: [Body.form], body: body)
                #expect(answer.status == 422)
                #expect(try answer.decode(Problem.self).errors?.map(\.field) == [field])
            }
            #expect(try await box.client().files().items.map(\.id) == [file.id])
        }
    }

    @Test(
        arguments: [
            (nil, 200, nil, 0..<100_004), ("bytes=10-19", 206, "bytes 10-19/100004", 10..<20),
            ("bytes=-4", 206, "bytes 100000-100003/100004", 100_000..<100_004),
            ("bytes=0-", 200, nil, 0..<100_004), ("bytes=1-2,5-6", 200, nil, 0..<100_004),
            ("bytes=100004-", 416, "bytes */100004", 0..<0),
        ] as [(String?, Int, String?, Range<Int>)])
    func aPartIsSentWhenItIsAskedFor(
        range: String?, status: Int, contentRange: String?, bytes: Range<Int>
    ) async throws {
        try await withGateway { box in
            let client = try await box.client()
            let file = try await client.createFile(Self.jpeg, purpose: .image)
            let answer = try await box.call(
                .GET, "/files/\(file.id)", token: await client.accessToken, headers: range.map { [("Range", $0)] } ?? []
            )
            #expect(answer.status == status)
            #expect(answer.headers.first(name: "content-range") == contentRange)
            if status < 300 {
                #expect(answer.body == Self.jpeg.getSlice(at: bytes.lowerBound, length: bytes.count))
                #expect(answer.headers.first(name: "content-length") == "\(bytes.count)")
                #expect(answer.headers.first(name: "accept-ranges") == "bytes")
            } else {
                #expect(try answer.decode(Problem.self).status == status)
            }
        }
    }

    @Test func whatTheClientHasIsNotSentAgain() async throws {
        try await withGateway { box in
            let client = try await box.client()
            let file = try await client.createFile(Self.jpeg, purpose: .image)
            let (path, token, tag) = ("/files/\(file.id)", await client.accessToken, "\"\(file.sha256)\"")
            #expect(try await box.call(.GET, path, token: token).headers.first(name: "etag") == tag)
            for condition in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
                let answer = try await box.call(.GET, path, token: token, headers: [("If-None-Match", condition)])
                #expect(answer.status == 304 && answer.body.readableBytes == 0)
                #expect(answer.headers.first(name: "etag") == tag)
            }
            #expect(try await box.call(.GET, path, token: token, headers: [("If-None-Match", "\"x\"")]).status == 200)
            for (condition, status) in [(tag, 206), ("\"x\"", 200), ("W/\(tag)", 200)] {
                let headers = [("Range", "bytes=0-3"), ("If-Range", condition)]
                #expect(try await box.call(.GET, path, token: token, headers: headers).status == status)
            }
        }
    }

    @Test func namesAreHarmlessInHeaders() async throws {
        try await withGateway { box in
            let client = try await box.client()
            let name = #"a"b\c; Tür/../%0d.html"#
            for (content, purpose, kind) in [
                (Self.jpeg, FilePurpose.image, "inline"), (ByteBuffer(string: "plain text"), .report, "attachment"),
            ] {
                let file = try await client.createFile(content, purpose: purpose, name: name)
                #expect(file.name == name)
                let answer = try await box.call(.GET, "/files/\(file.id)", token: await client.accessToken)
                #expect(
                    answer.headers.first(name: "content-disposition")
                        == #"\#(kind); filename="a_b_c_ T_r_.._"# + #"_0d.html"; filename*=UTF-8''"#
                        + "a%22b%5Cc%3B%20T%C3%BCr%2F..%2F%250d.html")
                #expect(answer.headers.first(name: "x-content-type-options") == "nosniff")
                #expect(answer.headers.first(name: "content-type") == file.mediaType)
            }
        }
    }

    @Test(arguments: [
        ("/files", "purpose"), ("/files?purpose=music", "purpose"), ("/files?purpose=image&colour=red", "colour"),
        ("/files?purpose=image&name=a%0Ab", "name"),
    ])
    func whatIsWrongIsRefusedByName(path: String, field: String) async throws {
        try await withGateway { box in
            let answer = try await box.call(
                .POST, path, token: try await box.client().accessToken, body: Self.jpeg)
            #expect(answer.status == 422)
            #expect(try answer.decode(Problem.self).errors?.map(\.field) == [field])
        }
    }

    @Test func whatServesAnotherPurposeOrNobodyIsRefused() async throws {
        try await withGateway { box in
            let client = try await box.client()
            let page = ByteBuffer(string: "<!doctype html><script>alert(1)</script>")
            for (content, purpose) in [(Self.jpeg, FilePurpose.video), (page, .report), (page, .image)] {
                let refusal = await #expect(throws: Problem.self) {
                    try await client.createFile(content, purpose: purpose, name: "a.jpg")
                }
                #expect(refusal?.status == 415)
            }
        }
    }

    @Test(arguments: Role.allCases)
    func operatorsWriteAnalystsReadViewersDoNothing(role: Role) async throws {
        try await withGateway { box in
            let id = try await box.client().createFile(Self.jpeg, purpose: .image).id
            let token = try await box.token(role)
            let (mayRead, mayWrite) = (role != .viewer, role == .admin || role == .operator)
            for path in ["/files", "/files/\(id)", "/files/\(id)/metadata"] {
                #expect(try await box.call(.GET, path, token: token).status == (mayRead ? 200 : 403), "\(path)")
            }
            let made = try await box.call(.POST, "/files?purpose=image", token: token, body: Self.jpeg)
            #expect(made.status == (mayWrite ? 201 : 403))
            #expect(try await box.call(.DELETE, "/files/\(id)", token: token).status == (mayWrite ? 204 : 403))
        }
    }
}
