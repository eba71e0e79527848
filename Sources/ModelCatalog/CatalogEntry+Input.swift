extension CatalogEntry {
    /// How a picture, or a region of one, becomes the model's first input.
    public struct Input: Codable, Hashable, Sendable {
        /// Name of the input in the file.
        public var name: String
        public var element: Element
        public var layout: Layout
        public var channels: Channels
        public var fit: Fit
        /// Value 0–255 of every channel outside the picture, before normalisation.
        public var pad: Int
        /// Per channel in the order of `channels`: the input is (value − mean) / std, with values 0–255.
        public var mean: [Double]
        public var std: [Double]
        public var sizes: Sizes
        /// For `shortestSide`: the longer side's upper bound.
        public var longestSide: Int?
        /// What is cut out of the picture first; `nil` takes a region as it is.
        public var crop: Crop?

        enum CodingKeys: String, CodingKey {
            case name, element, layout, channels, fit, pad, mean, std, sizes, crop
            case longestSide = "longest_side"
        }
    }
}

extension CatalogEntry.Input {
    public enum Element: String, CatalogName {
        case float32, uint8
    }

    public enum Layout: String, CatalogName {
        case nchw = "NCHW"
        case nhwc = "NHWC"
    }

    public enum Channels: String, CatalogName {
        case rgb = "RGB"
        case bgr = "BGR"
    }

    public enum Fit: String, CatalogName {
        /// Aspect kept, centred.
        case letterbox
        /// Aspect kept, picture at the top left.
        case letterboxTopLeft = "letterbox_top_left"
        /// Both sides scaled to the size on their own.
        case stretch
        /// Aspect kept, longer side = size, canvas rounded up to multiples of 32, picture at the top left.
        case longestSide = "longest_side"
        /// Aspect kept, shorter side at least the size's and longer at most `longestSide`, each side then rounded
        /// to a multiple of 32.
        case shortestSide = "shortest_side"
        /// Height of the size, width by aspect and at most the size's.
        case naturalWidth = "natural_width"
    }

    /// Width and height of the input for each profile; a model of one size repeats it.
    public struct Sizes: Codable, Hashable, Sendable {
        public var fast: Size
        public var balanced: Size
        public var accurate: Size

        public subscript(profile: ModelProfile) -> Size {
            switch profile {
            case .fast: fast
            case .balanced: balanced
            case .accurate: accurate
            }
        }

        /// Whether the profiles share one size, as every model with a fixed input must.
        public var isFixed: Bool { fast == balanced && balanced == accurate }
    }

    /// Pixels; `[width, height]` in JSON.
    public struct Size: Codable, Hashable, Sendable {
        public var width: Int
        public var height: Int

        public init(width: Int, height: Int) {
            self.width = width
            self.height = height
        }

        public init(from decoder: any Swift.Decoder) throws {
            let values = try [Int](from: decoder)
            guard values.count == 2 else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "must be [width, height]"))
            }
            self.init(width: values[0], height: values[1])
        }

        public func encode(to encoder: any Encoder) throws {
            try [width, height].encode(to: encoder)
        }
    }

    /// A region made from a box or from points that another model found.
    public struct Crop: Codable, Hashable, Sendable {
        public enum Kind: String, CatalogName {
            /// The box, enlarged.
            case box
            /// The box made square about its centre, enlarged.
            case square
            /// A square turned so that the two given points lie level, enlarged.
            case turnedSquare = "turned_square"
            /// The similarity transform that brings points onto `template`.
            case aligned
        }

        public enum Border: String, CatalogName {
            /// The region is moved until it lies inside the picture.
            case shift
            /// Black beyond the picture.
            case zero
            /// The picture's edge pixels go on.
            case replicate
        }

        public var kind: Kind
        /// Side of the region over side of the box.
        public var scale: Double
        public var border: Border
        /// Pixels of the input, `[x, y]` a point.
        public var template: [[Double]]?
    }
}
