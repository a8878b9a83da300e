#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/layouts/pairs.h"

namespace bcnet::data {

/// What a split's name means, whatever its capitals: "val", "Valid" and "validation" are all
/// "validation"; "training" is "train". Other names stay as they are.
std::string split_meaning(const std::string& name);

/// Whether a name means train, validation or test.
bool is_split_name(const std::string& name);

/// What a folder's name says that it holds.
enum class FolderKind { other, images, masks };

struct FolderName {
  FolderKind kind = FolderKind::other;
  std::string key;  ///< what is left of the name: "C1" of masks_C1, "train" of train_gt, or nothing
  /// Which of the known words it was, the most common first.
  std::size_t rank = 0;
  /// Words that stand for masks only where the folder holds pictures: labels, annotations.
  bool weak = false;
};

/// images, Image, frames, GT, Ground Truth …, alone or before or behind a key.
FolderName read_folder_name(const std::string& name);

/// The masks under the keys of their images: where names of the two differ throughout by something
/// in front or behind (IMAGE_mask, mask_7 for image_7, IMAGE.jpg.png …), which is found by looking
/// at them all and logged once; place is what the message calls the data, empty: nothing is
/// logged. A key may have folders
/// in front, which stay. Masks that have their image's name already, and what fits no rule, stay
/// as they are; so does everything where the rule would be the exception. Throws Error(data) where
/// two rules give an image different masks.
FilesByStem masks_named_like_images(const FilesByStem& images, const FilesByStem& masks,
                                    const std::string& place);

/// A mask's key without a word that says what it is: "a/7" of "a/7_mask".
std::string without_mask_word(const std::string& key);

struct ImagesAndMasks {
  FilesByStem images;
  FilesByStem masks;
};

/// Images and masks of one folder, the masks told by a word in their names (IMAGE_mask); none
/// where there is no such pair. place as in masks_named_like_images.
std::optional<ImagesAndMasks> tell_masks_apart(const FilesByStem& files, const std::string& place);

/// What must stay on one side of a split, of a key with folders in front: the outermost of them
/// (of "case7_2", a clip, the case) that is no name of a class; without one the sequence that
/// PolypGen's names of frames begin with, or nothing.
std::string group_of_key(const std::string& key);

}  // namespace bcnet::data
