import NIOCore
import Testing

@testable import Storage

@Suite struct S3AnswerTests {
    private static let listing = """
        <?xml version="1.0" encoding="UTF-8"?>
        <!-- a comment -->
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
          <Name>bucket</Name><Prefix/><IsTruncated>false</IsTruncated>
          <Contents><Key>a&amp;b &lt;&#x41;&#66;&gt;</Key><Size>12</Size><Owner id='x' name = "y" ></Owner></Contents>
          <Contents><Key>c</Key></Contents>
        </ListBucketResult>

        """

    @Test func elementsTextsAndReferencesAreRead() throws {
        let answer = try S3Answer(parsing: ByteBuffer(string: Self.listing))
        #expect(answer.name == "ListBucketResult" && answer["Name"] == "bucket" && answer["Prefix"] == "")
        #expect(answer["IsTruncated"] == "false" && answer["Absent"] == nil)
        let contents = answer.children.filter { $0.name == "Contents" }
        #expect(contents.map { $0["Key"] } == ["a&b <AB>", "c"])
    }

    @Test(arguments: [
        "", "text", "<a>", "<a></b>", "<a></a><b></b>", "<a></a>text", "<a b></a>", "<a b=c></a>", "<a b=\"c></a>",
        "<a>&unknown;</a>", "<a>&#xd800;</a>", "<a>&#99999999999;</a>", "<a>& </a>", "<a", "</a>", "<a><!-- </a>",
        "< a></a>",
        "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "<a><![CDATA[x]]></a>", "<?xml <a></a>",
        String(repeating: "<a>", count: 17) + String(repeating: "</a>", count: 17),
        String(repeating: "<a>", count: 1_000_000),
    ])
    func whatIsNoSuchXMLIsRefused(text: String) {
        #expect(throws: StorageError.self) { try S3Answer(parsing: ByteBuffer(string: text)) }
    }

    @Test func mutatedAnswersDoNotCrash() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5000 {
            var bytes = Array(Self.listing.utf8)
            for _ in 0..<Int.random(in: 1...4) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                if Bool.random() { bytes[index] = .random(in: 0...255) } else { bytes.removeSubrange(index...) }
                if bytes.isEmpty { break }
            }
            _ = try? S3Answer(parsing: ByteBuffer(bytes: bytes))
        }
    }
}

@Suite struct S3ConfigurationTests {
    @Test func anAddressIsRead() throws {
        let configuration = try S3Configuration(
            url: "s3://AKID:a%2Fb%2Bc@s3.example.org:9000/my-bucket/aibox/blobs?region=eu-west-1&tls=0&path_style=1")
        #expect(configuration.host == "s3.example.org" && configuration.port == 9000)
        #expect(configuration.bucket == "my-bucket" && configuration.prefix == "aibox/blobs/")
        #expect(configuration.region == "eu-west-1" && !configuration.usesTLS && configuration.usesPathStyle)
        #expect(configuration.credentials.accessKey == "AKID" && configuration.credentials.secretKey == "a/b+c")
        #expect(configuration.origin == "http://s3.example.org:9000")
        #expect(configuration.path("k") == "/my-bucket/k")
    }

    @Test func theBucketIsNamedInTheHostUnlessThePathHasIt() throws {
        let configuration = try S3Configuration(url: "s3://a:b@s3.amazonaws.com/bucket")
        #expect(configuration.origin == "https://bucket.s3.amazonaws.com" && configuration.path("x/y") == "/x/y")
        #expect(configuration.prefix.isEmpty && configuration.hasConditionalWrites)
    }

    @Test func credentialsMayComeFromTheEnvironment() throws {
        let environment = ["AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"]
        let credentials = try S3Configuration(url: "s3://host/bucket", environment: environment).credentials
        #expect((credentials.accessKey, credentials.secretKey, credentials.sessionToken ?? "") == ("k", "s", "t"))
    }

    @Test(arguments: [
        "", "http://a:hush+h@h/bucket", "s3://a:hush+h@h", "s3://a:hush+h@h/", "s3://a:hush+h@h/B",
        "s3://a:hush+h@h/ab",
        "s3://a:hush+h@h/bucket/..", "s3://a:hush+h@h/bucket?tls=yes", "s3://a:hush+h@h/bucket?colour=hush+h",
        "s3://a:hush+h@h/bucket?ca=", "s3://h/bucket", "s3://:hush+h@h/bucket", "s3://a:hush+h@h/bucket#x",
        "s3://a:hush+h@/bucket",
    ])
    func aWrongAddressIsRefusedWithoutItsSecret(url: String) {
        do {
            _ = try S3Configuration(url: url)
            Issue.record("taken: \(url)")
        } catch {
            #expect(error.code == .invalid && !error.message.contains("hush+h"))
        }
    }

    @Test func secretsAreInNoDescription() throws {
        let configuration = try S3Configuration(url: "s3://AKID:hush+h@h/bucket")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("hush+h"))
        }
    }
}
