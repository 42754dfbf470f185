import { Collection } from './collection.js';
import { call } from './link.js';
import { Model } from './model.js';
import { createWid } from './wid.js';

class ParticipantModel extends Model {}

class GroupMetadataModel extends Model {
  serialize() {
    return { ...super.serialize(), participants: this.participants.serialize() };
  }
}

const revive = ({ participants, owner, parentGroup, joinedSubgroups, id, ...plain }) => {
  const members = new Collection(ParticipantModel);
  for (const { id: member, ...rest } of participants) {
    members.add(new ParticipantModel({ id: createWid(member), ...rest }));
  }
  return {
    ...plain,
    id: createWid(id),
    owner: createWid(owner),
    participants: members,
    ...(parentGroup ? { parentGroup: createWid(parentGroup) } : {}),
    ...(joinedSubgroups ? { joinedSubgroups: joinedSubgroups.map(createWid) } : {}),
  };
};

export const GroupMetadata = new Collection(GroupMetadataModel);

/** Takes in what the server says about a group; gives the model. */
export const learnGroup = (json) => {
  if (!json) return undefined;
  const attributes = revive(json);
  const known = GroupMetadata.get(json.id);
  if (known) return known.set(attributes);
  return GroupMetadata.add(new GroupMetadataModel(attributes));
};

/** A query to the server each time, as in the real page. */
GroupMetadata.update = async (id) => {
  learnGroup(await call('group_metadata_query', { chat: String(id) }));
};

GroupMetadata.find = async (id) => {
  if (!GroupMetadata.get(id)) await GroupMetadata.update(id);
  return GroupMetadata.get(id);
};
