extension CatalogEntry {
    /// Holds the entry against what the rest of the product takes for granted.
    func validate() throws(ModelCatalogError) {
        try require(ModelIdentity(identity.description) == identity, "name", "letters, digits, '.', '_', '-' only")
        try require(Self.isRelativePath(file), "file", "must be a relative path without '..'")
        try require(Self.isSHA256(sha256), "sha256", "must be 64 lower-case hexadecimal digits")
        try require(bytes > 0, "bytes", "must be above 0")
        try require(!engines.isEmpty, "engines", "must name an engine")
        try require(Set(serves).count == serves.count, "serves", "names a task twice")
        try require(!isDefault || licence.commercialUse, "default", "implies licence.commercial_use true")
        try require(!isDefault || !serves.isEmpty, "default", "implies a task in `serves`")
        try require(
            !isDefault || isMeasured, "default", "implies an accuracy of our own; measure with: aibox evaluate")
        try validateCalibration()
        try require((0...1).contains(thresholds.score), "thresholds.score", "must be 0 to 1")
        try require((0...1).contains(thresholds.suppression), "thresholds.suppression", "must be 0 to 1")
        try validateInput()
        try validateDecoder()
        for (index, source) in sources.enumerated() { try validate(source, "sources[\(index)]") }
    }

    private func validateCalibration() throws(ModelCatalogError) {
        guard let points = calibration?.points else { return }
        try require(points.count >= 2, "calibration.points", "must be at least two")
        try require(
            points.allSatisfy { $0.falseAcceptRate > 0 && $0.falseAcceptRate <= 1 && (-1...1).contains($0.cosine) },
            "calibration.points", "must have rates above 0 and up to 1, and cosines from -1 to 1")
        try require(
            zip(points, points.dropFirst()).allSatisfy {
                $0.falseAcceptRate > $1.falseAcceptRate && $0.cosine <= $1.cosine
            }, "calibration.points", "must have falling rates and rising cosines")
    }

    private func validateInput() throws(ModelCatalogError) {
        try require(!input.name.isEmpty, "input.name", "must not be empty")
        try require((0...255).contains(input.pad), "input.pad", "must be 0 to 255")
        try require(input.mean.count == 3, "input.mean", "must have 3 values")
        try require(input.std.count == 3 && input.std.allSatisfy { $0 > 0 }, "input.std", "must have 3 values above 0")
        for profile in ModelProfile.allCases {
            try validate(input.sizes[profile], "input.sizes.\(profile.rawValue)")
        }
        try require(
            input.fit != .shortestSide || (input.longestSide ?? 0) >= input.sizes.accurate.width,
            "input.longest_side", "is needed for shortest_side, and not below the sizes")
        guard let crop = input.crop else { return }
        try require((0.1...10).contains(crop.scale), "input.crop.scale", "must be 0.1 to 10")
        try require((0...1).contains(crop.mask ?? 0), "input.crop.mask", "must be 0 to 1")
        try require(
            crop.kind != .aligned || (crop.template?.count ?? 0) >= 2, "input.crop.template", "needs points to align to"
        )
        try require((crop.template ?? []).allSatisfy { $0.count == 2 }, "input.crop.template", "must be [x, y] pairs")
    }

    private func validate(_ size: Input.Size, _ field: String) throws(ModelCatalogError) {
        try require((1...8192).contains(size.width) && (1...8192).contains(size.height), field, "must be 1 to 8192")
        let isDynamic = !input.sizes.isFixed || input.fit == .longestSide || input.fit == .shortestSide
        guard isDynamic, input.fit != .naturalWidth else { return }
        try require(
            size.width % 32 == 0 && size.height % 32 == 0, field, "must be multiples of 32 where sizes differ")
    }

    private func validateDecoder() throws(ModelCatalogError) {
        try require(
            (decoder.strides ?? []).allSatisfy { (1...256).contains($0) }, "decoder.strides", "must be 1 to 256")
        switch decoder.kind {
        case .nanodetPlus: try require((2...64).contains(decoder.bins ?? 0), "decoder.bins", "must be 2 to 64")
        case .lpdYunet, .retinaPlate:
            try require(
                decoder.minSizes?.count == decoder.strides?.count, "decoder.min_sizes", "must have a list per stride")
        case .slotText:
            try require(!(decoder.alphabet ?? "").isEmpty, "decoder.alphabet", "must not be empty")
            try require((1...64).contains(decoder.slots ?? 0), "decoder.slots", "must be 1 to 64")
        case .ctcText:
            try require(
                decoder.alphabet != nil || decoder.alphabetMetadata != nil, "decoder.alphabet", "or its place is needed"
            )
        default: break
        }
    }

    private func validate(_ source: Source, _ field: String) throws(ModelCatalogError) {
        switch source {
        case .url(let remote):
            try require(
                remote.sha256 == nil || remote.sha256 == sha256, "\(field).sha256", "must be the entry's for a `url`")
            try require(
                remote.bytes == nil || remote.bytes == bytes, "\(field).bytes", "must be the entry's for a `url`")
            try requireWeb(remote.url, field)
        case .original(let remote), .alternative(let remote): try requireWeb(remote.url, field)
        case .wheel(let member):
            try require(Self.isSHA256(member.wheelSHA256), "\(field).wheel_sha256", "must be 64 hexadecimal digits")
            try require(Self.isRelativePath(member.member), "\(field).member", "must be a relative path without '..'")
            for word in [member.package, member.version, member.platform, member.pythonVersion].compactMap(\.self) {
                // These become arguments of pip: nothing in them may read as an option.
                try require(
                    ModelIdentity.isWord(word) && !word.hasPrefix("-"), field, "\"\(word)\" is no name or version")
            }
        }
    }

    private func requireWeb(_ url: String, _ field: String) throws(ModelCatalogError) {
        try require(url.hasPrefix("https://") || url.hasPrefix("http://"), "\(field).url", "must be http or https")
    }

    private func require(_ holds: Bool, _ field: String, _ rule: String) throws(ModelCatalogError) {
        guard holds else { throw .invalid(identity, field, rule) }
    }

    /// Whether a path stays inside the folder that it is put under.
    static func isRelativePath(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return !path.utf8.contains(0) && !path.contains("\\")
            && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }

    static func isSHA256(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}

extension ModelCatalogError {
    static func invalid(_ identity: ModelIdentity, _ field: String, _ rule: String) -> ModelCatalogError {
        ModelCatalogError(.invalidCatalog, "model \(identity): \(field): \(rule)")
    }
}
