import CHEIF

/// A HEIC or AVIF file read by libheif: the primary picture, of a sequence its still one. libheif applies the file's
/// own turning, mirroring and cropping; the EXIF orientation repeats them for information (ISO/IEC 23008-12,
/// 6.5.10) and is not read, so that nothing is turned twice. Ten and twelve bits become eight; alpha is dropped.
final class HEIFFile: EncodedPicture {
    let width: Int
    let height: Int
    let orientation = Orientation.upright
    private let handle: OpaquePointer
    /// Whether frames could be larger than their sequence's header says. Of the two AV1 decoders dav1d is the faster
    /// and would try; libaom refuses.
    private let isSuspicious: Bool

    /// Coders round sides up to at most a multiple of this, and let readers crop.
    private static let block = 64

    /// - Parameter limits: also hold, but for a block, for the picture before it is cropped, and for the sides of
    ///   what a grid or an overlay is composed on.
    init(_ bytes: UnsafeRawBufferPointer, _ limits: DecodeLimits) throws(ImagingError) {
        try Self.startLibrary.get()
        guard ISOBoxes.areWhole(bytes) else { throw Self.truncated }
        // libheif 1.15 believes what a file says of sizes, up to the end of the process.
        let reach = try HEIFItems(bytes).check(limits, block: Self.block)
        isSuspicious = reach > limits.maxSide || reach * reach / 4 > limits.maxPixels
        guard let context = heif_context_alloc() else { throw Self.failure("libheif could not start", .corrupt) }
        // The handle keeps what it needs of the context.
        defer { heif_context_free(context) }
        let side = Int32(clamping: min(limits.maxSide, 1 << 20) + Self.block)
        heif_context_set_maximum_image_size_limit(context, side)
        // Requests are decoded side by side already.
        heif_context_set_max_decoding_threads(context, 0)
        try Self.check(
            heif_context_read_from_memory_without_copy(context, bytes.baseAddress, bytes.count, nil))
        var handle: OpaquePointer?
        try Self.check(heif_context_get_primary_image_handle(context, &handle))
        guard let handle else { throw Self.failure("it has no primary picture", .corrupt) }
        self.handle = handle
        width = Int(heif_image_handle_get_width(handle))
        height = Int(heif_image_handle_get_height(handle))
        try limits.check(
            width: Int(heif_image_handle_get_ispe_width(handle)),
            height: Int(heif_image_handle_get_ispe_height(handle)), rounding: Self.block)
    }

    deinit { heif_image_handle_release(handle) }

    func pixels(useful: Int?) throws(ImagingError) -> PixelBuffer {
        let image = try decoded()
        defer { heif_image_release(image) }
        var rowBytes: Int32 = 0
        guard Int(heif_image_get_width(image, heif_channel_interleaved)) == width,
            Int(heif_image_get_height(image, heif_channel_interleaved)) == height,
            heif_image_get_bits_per_pixel_range(image, heif_channel_interleaved) == 8,
            let rows = heif_image_get_plane_readonly(image, heif_channel_interleaved, &rowBytes),
            Int(rowBytes) >= width * PixelBuffer.channels
        else { throw Self.failure("its picture is not what its header says", .corrupt) }
        return PixelBuffer(width: width, height: height) { out in
            for row in 0..<height {
                let count = width * PixelBuffer.channels
                out.baseAddress?.advanced(by: row * count).initialize(from: rows + row * Int(rowBytes), count: count)
            }
        }
    }

    private func decoded() throws(ImagingError) -> OpaquePointer {
        guard let options = heif_decoding_options_alloc() else {
            throw Self.failure("libheif could not start", .corrupt)
        }
        defer { heif_decoding_options_free(options) }
        options.pointee.convert_hdr_to_8bit = 1
        var image: OpaquePointer?
        let error = "aom".withCString { aom in
            options.pointee.decoder_id = isSuspicious ? aom : nil
            return heif_decode_image(handle, &image, heif_colorspace_RGB, heif_chroma_interleaved_RGB, options)
        }
        try Self.check(error)
        guard let image else { throw Self.failure("it has no picture", .corrupt) }
        return image
    }

    /// Once for the process: registers the decoders that are built in.
    private static let startLibrary: Result<Void, ImagingError> = Result { () throws(ImagingError) in
        try check(heif_init(nil))
    }

    private static func check(_ error: heif_error) throws(ImagingError) {
        guard error.code != heif_error_Ok else { return }
        let message = error.message.map { String(cString: $0) } ?? "unknown error"
        throw failure(message, code(error))
    }

    private static func code(_ error: heif_error) -> ImagingError.Code {
        switch (error.code, error.subcode) {
        case (_, heif_suberror_End_of_data): .truncated
        case (_, heif_suberror_Security_limit_exceeded), (heif_error_Memory_allocation_error, _): .tooManyPixels
        case (heif_error_Unsupported_filetype, _), (heif_error_Unsupported_feature, _): .unsupportedFormat
        default: .corrupt
        }
    }

    static func failure(_ reason: String, _ code: ImagingError.Code) -> ImagingError {
        ImagingError(code, "the HEIF file cannot be read: \(reason)")
    }

    static var truncated: ImagingError {
        ImagingError(.truncated, "the HEIF file ends before its picture does")
    }
}
