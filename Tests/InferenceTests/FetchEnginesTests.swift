import Foundation
import TestSupport
import Testing

/// scripts/fetch-engines with a stand-in for Python, so that nothing is downloaded.
@Suite struct FetchEnginesTests {
    @Test func withoutPipItSaysWhatToInstall() throws {
        let run = try fetch(python: "exit 1")
        #expect(run.status == 1)
        #expect(run.output.contains("pip is not installed"))
        #expect(run.output.contains("What to do: apt-get install python3-pip"))
        #expect(run.files == ["engines", "engines/old"])
    }

    @Test func aFailedDownloadSaysWhatToDoAndLeavesTheOldFolder() throws {
        let run = try fetch(python: "case $3 in --version) ;; *) echo 'no route' >&2; exit 1 ;; esac")
        #expect(run.status == 1)
        #expect(run.output.contains("no route"))
        #expect(run.output.contains("pip could not download onnxruntime"))
        #expect(run.output.contains("What to do: check the network or proxy"))
        #expect(run.files == ["engines", "engines/old"])
    }

    @Test func aWheelThatIsNotThePublishedOneIsRefused() throws {
        let run = try fetch(
            python: """
                case $3 in --version) exit 0 ;; esac
                while [ "$1" != --dest ]; do shift; done
                echo forged >"$2/onnxruntime.whl"
                """)
        #expect(run.status == 1)
        #expect(run.output.contains("expected 5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d"))
        #expect(run.files == ["engines", "engines/old"])
    }

    @Test func anUnknownArchitectureIsRefused() throws {
        let run = try fetch(python: "exit 0", arch: "riscv64")
        #expect(run.status == 1)
        #expect(run.output.contains("Supported are x86_64 and aarch64"))
    }

    @Test func whatIsThereIsNotFetchedAgain() throws {
        let stamp = """
            onnxruntime 1.32.0 x86_64 5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d
            openvino 2026.4.1 x86_64 2d22b1da03f7caf74df30e9f6417d0ab2f637e4a38e08e1dcd294d2c37407aaf

            """
        let run = try fetch(python: "exit 1", stamp: stamp)
        #expect(run.status == 0)
        #expect(run.output.contains("Engines are in"))
    }

    private struct Run {
        let status: Int32
        let output: String
        let files: [String]
    }

    /// Runs the script on a folder that holds an `old` file and `stamp`, with `python` as the body of `python3`.
    private func fetch(python: String, arch: String = "x86_64", stamp: String? = nil) throws -> Run {
        try withTemporaryFolder { folder in
            let (tools, target) = (folder.appending(path: "bin"), folder.appending(path: "home/engines"))
            for made in [tools, target] {
                try FileManager.default.createDirectory(at: made, withIntermediateDirectories: true)
            }
            for tool in ["python3", "pip3"] {
                let file = tools.appending(path: tool)
                try Data("#!/bin/sh\n\(tool == "pip3" ? "exit 1" : python)\n".utf8).write(to: file)
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
            }
            try Data().write(to: target.appending(path: "old"))
            try stamp.map { try Data($0.utf8).write(to: target.appending(path: "STAMP")) }
            let (status, output) = try run([target.path, "--arch", arch], path: "\(tools.path):/usr/bin:/bin")
            let home = target.deletingLastPathComponent().path
            return Run(
                status: status, output: output,
                files: try FileManager.default.subpathsOfDirectory(atPath: home).sorted())
        }
    }

    private func run(_ arguments: [String], path: String) throws -> (Int32, String) {
        let process = Process()
        process.executableURL = TestPlaces.packageRoot.appending(path: "scripts/fetch-engines")
        process.arguments = arguments
        process.environment = ["PATH": path]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
