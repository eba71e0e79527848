import Foundation

/// A real server of S3's protocol: moto (PyPI `moto[server]`), a child process that checks signatures and rights and
/// ends when this process does, because its input then ends.
public final class TestS3: Sendable {
    public static let absence = "moto is absent: pip install 'moto[server]' (scripts/requirements-test.txt)"

    /// Whether moto can be imported by the `python3` that is found first.
    public static let isPresent: Bool = {
        let process = python("import moto.server, boto3")
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    public static let bucket = "aibox-test"

    public let port: Int
    /// Of a user who may do all with S3.
    public let accessKey: String
    public let secretKey: String
    /// Of a user who may do nothing.
    public let powerlessKey: String
    public let powerlessSecret: String
    private let process: Process
    private let input: Pipe

    /// Starts the server; returns when it answers.
    ///
    /// - Parameter checksSignatures: moto cannot check those of links.
    public init(checksSignatures: Bool = true) throws {
        process = Self.python(Self.script, checksSignatures ? "0" : "inf")
        input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let byte = output.fileHandleForReading.readData(ofLength: 1)
            guard !byte.isEmpty else { throw CocoaError(.executableLoad) }
            line += byte
        }
        let words = String(decoding: line.dropLast(), as: UTF8.self).split(separator: " ").map(String.init)
        guard words.count == 5, let port = Int(words[0]) else { throw CocoaError(.coderInvalidValue) }
        self.port = port
        (accessKey, secretKey, powerlessKey, powerlessSecret) = (words[1], words[2], words[3], words[4])
    }

    deinit { stop() }

    /// Kills the server, as a failure of its machine would, and reaps it.
    public func stop() {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Runs a program of Python's to its end.
    ///
    /// - Returns: what it printed.
    public static func output(_ program: String, input: String = "") throws -> String {
        let process = python(program)
        let (source, result) = (Pipe(), Pipe())
        process.standardInput = source
        process.standardOutput = result
        try process.run()
        let writer = source.fileHandleForWriting
        DispatchQueue.global().async {
            try? writer.write(contentsOf: Data(input.utf8))
            try? writer.close()
        }
        let output = result.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
        return String(decoding: output, as: UTF8.self)
    }

    private static func python(_ program: String, _ arguments: String...) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", program] + arguments
        return process
    }

    /// Makes the bucket and two users, takes parts of less than 5 MiB, has signatures checked from then on, and says where all is.
    private static let script = """
        import json, logging, os, sys
        os.environ["S3_UPLOAD_PART_MIN_SIZE"] = "1024"
        import boto3, flask, moto.settings
        from moto.iam.access_control import S3IAMRequest
        from moto.server import ThreadedMotoServer
        # moto checks signatures against the decoded address and so refuses botocore's own of a prefix with a slash.
        unpatched = S3IAMRequest._create_aws_request
        def create_aws_request(request):
            request._path = flask.request.environ["RAW_URI"]
            return unpatched(request)
        S3IAMRequest._create_aws_request = create_aws_request
        logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        port = server.get_host_and_port()[1]
        url = f"http://127.0.0.1:{port}"
        made = dict(endpoint_url=url, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        iam = boto3.client("iam", **made)
        words = [str(port)]
        for name, effect in (("writer", "Allow"), ("nobody", "Deny")):
            iam.create_user(UserName=name)
            rights = {"Effect": effect, "Action": "s3:*", "Resource": "*"}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [rights]})
            iam.put_user_policy(UserName=name, PolicyName="s3", PolicyDocument=policy)
            key = iam.create_access_key(UserName=name)["AccessKey"]
            words += [key["AccessKeyId"], key["SecretAccessKey"]]
        boto3.client("s3", **made).create_bucket(Bucket="\(bucket)")
        moto.settings.INITIAL_NO_AUTH_ACTION_COUNT = float(sys.argv[1])
        print(*words, flush=True)
        sys.stdin.read()
        """
}
