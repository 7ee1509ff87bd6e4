import type { ReactNode } from 'react';

/** Line icons on a grid of 24, drawn for this page. They are decoration: the button that holds one has the name. */
function Icon({ children }: { readonly children: ReactNode }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

const Slash = () => <path d="M4 4l16 16" />;

export const MicrophoneIcon = ({ off = false }: { readonly off?: boolean }) => (
  <Icon>
    <rect x="9" y="3" width="6" height="11" rx="3" />
    <path d="M5 11a7 7 0 0 0 14 0M12 18v3" />
    {off && <Slash />}
  </Icon>
);

export const CameraIcon = ({ off = false }: { readonly off?: boolean }) => (
  <Icon>
    <rect x="3" y="6.5" width="12" height="11" rx="2.5" />
    <path d="M15 11l6-3.5v9L15 13" />
    {off && <Slash />}
  </Icon>
);

export const ScreenIcon = () => (
  <Icon>
    <rect x="3" y="4.5" width="18" height="12" rx="2" />
    <path d="M9 20h6M12 13.5v-5M9.5 10.5L12 8l2.5 2.5" />
  </Icon>
);

export const ChatIcon = () => (
  <Icon>
    <path d="M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-4.5 4v-4A2.5 2.5 0 0 1 4 13.5z" />
  </Icon>
);

export const PeopleIcon = () => (
  <Icon>
    <circle cx="9" cy="8.5" r="3.5" />
    <path d="M2.5 19.5c.6-3.4 3.2-5 6.5-5s5.9 1.6 6.5 5M16 5.4a3.3 3.3 0 0 1 0 6.2M18 14.8c2 .7 3.2 2.300 3.500 4.700" />
  </Icon>
);

export const SettingsIcon = () => (
  <Icon>
    <path d="M4 7h9M17 7h3M4 17h3M11 17h9" />
    <circle cx="15" cy="7" r="2" />
    <circle cx="9" cy="17" r="2" />
  </Icon>
);

export const HangUpIcon = () => (
  <Icon>
    <path d="M3 14.500c-.6-1.900.2-3.700 2-4.800 4.200-2.600 9.800-2.600 14 0 1.800 1.100 2.600 2.900 2 4.800l-.3.9c-.2.6-.8.9-1.400.8l-3.100-.7c-.6-.1-1-.6-1-1.200v-1.700c-2.100-.6-4.300-.6-6.400 0v1.700c0 .6-.4 1.100-1 1.200l-3.100.7c-.6.1-1.200-.2-1.400-.8z" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="M6 6l12 12M18 6L6 18" />
  </Icon>
);

export const LinkIcon = () => (
  <Icon>
    <path d="M10 14a4 4 0 0 0 5.700 0l3.200-3.200a4 4 0 0 0-5.700-5.700l-1.200 1.200M14 10a4 4 0 0 0-5.700 0l-3.200 3.200a4 4 0 0 0 5.700 5.700l1.200-1.200" />
  </Icon>
);

export const SplitIcon = () => (
  <Icon>
    <rect x="3" y="5" width="18" height="14" rx="2" />
    <path d="M12 5v14" />
  </Icon>
);

export const SoundIcon = () => (
  <Icon>
    <path d="M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM15.500 9a4 4 0 0 1 0 6M18 6.500a7.500 7.500 0 0 1 0 11" />
  </Icon>
);

export const FitIcon = () => (
  <Icon>
    <path d="M4 9V5.500A1.500 1.500 0 0 1 5.500 4H9M15 4h3.500A1.500 1.500 0 0 1 20 5.500V9M20 15v3.500a1.500 1.500 0 0 1-1.500 1.500H15M9 20H5.500A1.500 1.500 0 0 1 4 18.500V15" />
  </Icon>
);

export const SendIcon = () => (
  <Icon>
    <path d="M4 12l16-7.500-5 15.500-3.500-6z" />
  </Icon>
);

export const RemoveIcon = () => (
  <Icon>
    <circle cx="10" cy="8.500" r="3.500" />
    <path d="M3.500 19.500c.6-3.400 3.200-5 6.500-5 1.500 0 2.900.3 4 1M16 17.500h5" />
  </Icon>
);

/** Two faces, one towards the other: the sign of the house, as large on the first page. */
export const Mark = () => (
  <svg className="mark" viewBox="0 0 34 20" aria-hidden="true">
    <path d="M9 2a8 8 0 0 1 0 16H5a4 4 0 0 1-4-4v-4a8 8 0 0 1 8-8z" fill="#eebd9e" />
    <path d="M25 2a8 8 0 0 0 0 16h4a4 4 0 0 0 4-4v-4a8 8 0 0 0-8-8z" fill="#7fb3ad" />
  </svg>
);
