import AIBoxAPI
import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite struct S3SignatureTests {
    private static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    private static let moment = "2013-05-24T00:00:00Z"
    /// Of "Signature Calculations for the Authorization Header" in the reference of Amazon S3's API.
    private static let example = S3Signature(
        credentials: .init(accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region: "us-east-1")

    private static func request(
        _ method: String, _ path: String, _ query: [(name: String, value: String)] = [],
        _ headers: [String: String] = [:],
        payload: String = empty
    ) -> S3Signature.Request {
        let common = ["host": "examplebucket.s3.amazonaws.com", "x-amz-content-sha256": payload]
        return .init(method: method, path: path, query: query, headers: common.merging(headers) { $1 })
    }

    private static let content = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
    private static let published: [(S3Signature.Request, String, String)] = [
        (
            request("GET", "/test.txt", [], ["range": "bytes=0-9"]), empty,
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        ),
        (
            request(
                "PUT", S3Signature.encoded("/test$file.text", keepingSlashes: true), [],
                ["date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"],
                payload: content), content, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        ),
        (
            request("GET", "/", [("lifecycle", "")]), empty,
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
        ),
        (
            request("GET", "/", [("max-keys", "2"), ("prefix", "J")]), empty,
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        ),
    ]

    @Test(arguments: published.indices)
    func requestsAreSignedAsAmazonPublishes(index: Int) throws {
        let (request, payload, signature) = Self.published[index]
        let moment = try #require(Timestamp(Self.moment))
        let headers = Self.example.headers(for: request, payload: payload, at: moment)
        #expect(headers["x-amz-date"] == "20130524T000000Z")
        #expect(headers["authorization"]?.hasSuffix("Signature=\(signature)") == true)
    }

    @Test func aLinkIsSignedAsAmazonPublishes() throws {
        let request = S3Signature.Request(
            method: "GET", path: "/test.txt", headers: ["host": "examplebucket.s3.amazonaws.com"])
        let moment = try #require(Timestamp(Self.moment))
        let query = Self.example.linkQuery(for: request, seconds: 86400, at: moment)
        #expect(query.hasSuffix("=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"))
    }

    @Test(arguments: [
        ("", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    ])
    func theTestSuiteOfVersion4IsMet(text: String, signature: String) throws {
        let query = text.split(separator: "&").map { $0.split(separator: "=").map(String.init) }
            .map { (name: $0[0], value: $0[1]) }
        let signer = S3Signature(
            credentials: .init(accessKey: "AKIDEXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            region: "us-east-1", service: "service")
        let request = S3Signature.Request(
            method: "GET", path: "/", query: query, headers: ["host": "example.amazonaws.com"])
        let moment = try #require(Timestamp("2015-08-30T12:36:00Z"))
        let headers = signer.headers(for: request, payload: Self.empty, at: moment)
        #expect(headers["authorization"]?.hasSuffix("Signature=\(signature)") == true)
    }

    /// Reads requests, a line each, and writes botocore's signatures of them: in a field and in a link.
    private static let oracle = """
        import datetime, json, sys
        import botocore.auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
        for line in sys.stdin:
            case = json.loads(line)
            now = datetime.datetime.strptime(case["time"], "%Y%m%dT%H%M%SZ")
            botocore.auth.get_current_datetime = lambda *_, **__: now
            made = Credentials(case["access"], case["secret"], case.get("token"))
            answer = []
            for auth in (
                botocore.auth.S3SigV4Auth(made, "s3", case["region"]),
                botocore.auth.S3SigV4QueryAuth(made, "s3", case["region"], expires=case["seconds"]),
            ):
                headers = dict(case["headers"])
                body = case["body"]
                if isinstance(auth, botocore.auth.S3SigV4QueryAuth): headers, body = {"host": headers["host"]}, None
                request = AWSRequest(case["method"], case["url"], headers=headers, data=body)
                request.context["payload_signing_enabled"] = True
                auth.add_auth(request)
                text = request.headers.get("Authorization") or request.url
                answer.append(text.split("Signature=")[1].split("&")[0])
            print(*answer)
        """

    private struct Case: Encodable {
        var method: String
        var url: String
        var headers: [String: String]
        var body: String
        var access = "AKIDEXAMPLE"
        var secret: String
        var token: String?
        var region: String
        var time: String
        var seconds: Int
    }

    @Test(.enabled(if: TestS3.isPresent, "\(TestS3.absence)"))
    func randomRequestsAreSignedAsBotocoreDoes() throws {
        var (cases, expected): ([String], [String]) = ([], [])
        func text(_ count: ClosedRange<Int>, _ alphabet: String = "abzAZ09-_.~ /+=&%?#:;,'()*!$@äß€") -> String {
            String((0..<Int.random(in: count)).compactMap { _ in alphabet.randomElement() })
        }
        for _ in 0..<300 {
            let moment = Timestamp(milliseconds: .random(in: 0...4_000_000_000_000))
            let path = S3Signature.encoded("/bucket/\(text(1...30, "abz09-_./ $ä"))x", keepingSlashes: true)
            let query = (0..<Int.random(in: 0...4)).map { (name: "q\($0)\(text(0...3))", value: text(0...12)) }
            let token = Bool.random() ? text(20...40, "abcXYZ0189+/=") : nil
            let (secret, region) = (text(30...40, "abcXYZ0189+/="), "eu-west-\(Int.random(in: 1...9))")
            let signer = S3Signature(
                credentials: .init(accessKey: "AKIDEXAMPLE", secretKey: secret, sessionToken: token), region: region)
            let body = text(0...50)
            let payload = ContentChecksum(of: .init(string: body)).description
            let headers = ["host": "s3.example.org", "x-amz-meta-sha256": text(1...20, "ab 09"), "range": "bytes=1-2"]
            let request = S3Signature.Request(
                method: ["GET", "PUT", "DELETE"].randomElement() ?? "", path: path, query: query,
                headers: headers.merging(["x-amz-content-sha256": payload]) { $1 })
            let seconds = Int.random(in: 1...604_800)
            var linked = request
            linked.headers = ["host": "s3.example.org"]
            let links = signer.linkQuery(for: linked, seconds: seconds, at: moment)
            let field = signer.headers(for: request, payload: payload, at: moment)["authorization"] ?? ""
            expected.append("\(field.suffix(64)) \(links.suffix(64))")
            let encodedQuery = request.encodedQuery
            let form = Case(
                method: request.method,
                url: "https://s3.example.org\(path)" + (encodedQuery.isEmpty ? "" : "?\(encodedQuery)"),
                headers: headers, body: body, secret: secret, token: token, region: region,
                time: S3Signature.time(moment), seconds: seconds)
            cases.append(String(decoding: try JSONEncoder().encode(form), as: UTF8.self))
        }
        let answers = try TestS3.output(Self.oracle, input: cases.joined(separator: "\n"))
        let signatures = answers.split(separator: "\n").map(String.init)
        try #require(signatures.count == cases.count)
        for (index, signature) in signatures.enumerated() {
            #expect(signature == expected[index], "\(cases[index])")
        }
    }
}
